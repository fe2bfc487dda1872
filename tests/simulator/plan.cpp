#include "simulator/plan.hpp"

#include "simulator/dice.hpp"

#include <algorithm>

namespace rollcall::simulator {
namespace {

/// What is sent can be read through the API.
milliseconds readable(const telling& what)
{
    return std::max(what.noticed, what.stored);
}

/// What falls due while the sender stalls goes out when the stall is over, in any order.
void stall(std::vector<planned_delivery>& deliveries, milliseconds backlog, dice chance)
{
    if (deliveries.empty() || backlog <= milliseconds{0})
        return;
    const auto [first, last] = std::ranges::minmax(deliveries, {}, &planned_delivery::due);
    const auto begin = first.due + (last.due - first.due) / 2;
    const auto end = begin + backlog;
    for (auto& each : deliveries)
        if (each.due >= begin && each.due < end)
            each.due = end + milliseconds{chance.between(0, 50)};
}

}  // namespace

plan make_plan(std::span<const telling> told, const faults& wanted, std::uint64_t seed)
{
    plan made;
    made.lost.resize(told.size());
    for (std::size_t i = 0; i < told.size(); ++i) {
        auto chance = dice::for_purpose(seed, "faults", i);
        made.lost[i] = chance.chance(wanted.lost);
        if (made.lost[i])
            continue;
        planned_delivery first{
            readable(told[i]) + milliseconds{chance.between(0, wanted.delay.count())}, i, 0, 0};
        if (chance.chance(wanted.reordered))
            first.due += milliseconds{chance.between(1, wanted.reorder_span.count())};
        made.deliveries.push_back(first);
        if (chance.chance(wanted.duplicated)) {
            planned_delivery second = first;
            second.copy = 1;
            second.subscription = chance.chance(0.5) ? 1 : 0;
            second.due =
                readable(told[i]) + milliseconds{chance.between(0, wanted.duplicate_span.count())};
            made.deliveries.push_back(second);
        }
    }
    stall(made.deliveries, wanted.backlog, dice::for_purpose(seed, "backlog"));
    std::ranges::stable_sort(made.deliveries, {}, &planned_delivery::due);
    return made;
}

}  // namespace rollcall::simulator
