#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace rollcall {

/// A whole decimal number, as variables of the environment have it; nothing for anything else.
inline std::optional<std::int64_t> parse_decimal(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

}  // namespace rollcall
