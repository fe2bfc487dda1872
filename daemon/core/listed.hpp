#pragma once

#include <string>
#include <string_view>

namespace rollcall {

/// `a, b, c`: a range of texts, for logs and answers.
std::string listed(const auto& all, std::string_view between = ", ")
{
    std::string text;
    for (const auto& each : all)
        text.append(text.empty() ? "" : between).append(each);
    return text;
}

}  // namespace rollcall
