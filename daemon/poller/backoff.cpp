#include "poller/backoff.hpp"

#include <algorithm>

namespace rollcall {

milliseconds backoff::delay(std::uint32_t failures, double chance) const
{
    auto bound = first;
    for (auto doubled = std::min(failures, 64U); doubled > 1 && bound < cap; --doubled)
        bound *= 2;
    bound = std::clamp(bound, least, std::max(least, cap));
    const auto room = static_cast<double>((bound - least).count());
    return least + milliseconds{static_cast<milliseconds::rep>(room * chance)};
}

}  // namespace rollcall
