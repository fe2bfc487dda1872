#include "core/tracking.hpp"

#include <algorithm>
#include <array>

namespace rollcall {
namespace {

constexpr std::array<std::string_view, 7> names{
    "none", "seen", "ended", "swept", "drop", "sweep", "downloaded"};

}  // namespace

std::string_view to_string(tracking_sign sign)
{
    return names[static_cast<std::size_t>(sign)];
}

std::optional<tracking_sign> parse_tracking_sign(std::string_view name)
{
    const auto* const it = std::ranges::find(names, name);
    if (it == names.end())
        return std::nullopt;
    return static_cast<tracking_sign>(it - names.begin());
}

}  // namespace rollcall
