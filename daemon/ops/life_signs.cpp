#include "ops/life_signs.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {

void life_signs::expect(std::string part, std::function<bool()> has_come_round)
{
    parts_.push_back({std::move(part), std::move(has_come_round)});
}

bool life_signs::everybody()
{
    bool all = !parts_.empty();
    for (auto& each : parts_) {
        each.heard = each.heard || each.has_come_round();
        all = all && each.heard;
    }
    if (all)
        for (auto& each : parts_)
            each.heard = false;
    return all;
}

std::vector<std::string> life_signs::silent() const
{
    std::vector<std::string> names;
    for (const auto& each : parts_)
        if (!each.heard)
            names.push_back(each.name);
    return names;
}

bool turn_counter::has_turned()
{
    const auto turns = turns_.load(std::memory_order_relaxed);
    return std::exchange(seen_, turns) != turns;
}

}  // namespace rollcall
