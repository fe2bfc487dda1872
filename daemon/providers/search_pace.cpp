#include "providers/search_pace.hpp"

#include <algorithm>

namespace rollcall {

milliseconds search_pace::pause(unsigned times, bool was_found) const
{
    const auto first = std::max(usual, milliseconds{1});
    return was_found ? first : std::clamp(first * times, first, std::max(first, longest_pause));
}

bool search_pace::is_over(unsigned times, bool was_found) const
{
    milliseconds span{0};
    for (unsigned n = 1; n <= times; ++n)
        span += pause(n, was_found);
    return times >= fewest_looks && span >= (was_found ? gone_after : window);
}

}  // namespace rollcall
