#include "providers/media_type.hpp"

#include <algorithm>

namespace rollcall {

std::string media_type(std::string_view content_type)
{
    const auto type = content_type.substr(0, content_type.find(';'));
    const auto first = std::min(type.find_first_not_of(" \t"), type.size());
    const auto last = type.find_last_not_of(" \t");
    std::string lower{type.substr(first, last + 1 - std::min(first, last + 1))};
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

bool is_json_type(std::string_view type)
{
    return type == "application/json" || type == "text/json" || type.ends_with("+json");
}

}  // namespace rollcall
