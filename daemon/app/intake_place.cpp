#include "app/intake_place.hpp"

#include <charconv>

namespace rollcall {
namespace {

template <class Integer>
bool parse_number(std::string_view text, Integer& into)
{
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), into);
    return ec == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string to_string(const intake_place& place)
{
    return std::to_string(place.partition) + ':' + std::to_string(place.offset);
}

std::optional<intake_place> parse_intake_place(std::string_view text)
{
    const auto colon = text.find(':');
    intake_place place;
    if (colon == std::string_view::npos || !parse_number(text.substr(0, colon), place.partition) ||
        !parse_number(text.substr(colon + 1), place.offset))
        return std::nullopt;
    return place;
}

}  // namespace rollcall
