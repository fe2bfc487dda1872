#include "simulator/api_faults.hpp"

#include "simulator/dice.hpp"

namespace rollcall::simulator {

std::string_view to_string(api_fault fault)
{
    constexpr std::array<std::string_view, api_fault_kinds> names{
        "none", "throttled", "failed", "silent", "slow", "broken", "reset"};
    return names[static_cast<std::size_t>(fault)];
}

api_fault fault_chance::next()
{
    for (std::size_t i = 1; i < api_fault_kinds; ++i)
        if (auto& first = wanted_.rates[i].first; first > 0) {
            --first;
            return static_cast<api_fault>(i);
        }
    const auto thrown = dice::for_purpose(seed_, "api", number_++).throw_once() >> 11U;
    auto left = static_cast<double>(thrown) / 9007199254740992.0;  // 2^53
    for (std::size_t i = 1; i < api_fault_kinds; ++i) {
        if (left < wanted_.rates[i].share)
            return static_cast<api_fault>(i);
        left -= wanted_.rates[i].share;
    }
    return api_fault::none;
}

}  // namespace rollcall::simulator
