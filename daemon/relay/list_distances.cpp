#include "relay/list_distances.hpp"

#include <algorithm>
#include <ranges>
#include <vector>

namespace rollcall {
namespace {

using distances = std::vector<milliseconds>;

milliseconds middle_of(distances all)
{
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    std::ranges::nth_element(all, middle);
    return *middle;
}

// Whether most of them, and that many at least, are about that long.
bool agree(const distances& all, milliseconds with, std::size_t least)
{
    const auto agreeing = static_cast<std::size_t>(std::ranges::count_if(all, [with](auto each) {
        return std::chrono::abs(each - with) <= list_distances::agreement;
    }));
    return agreeing >= least && 2 * agreeing > all.size();
}

milliseconds common_distance(const distances& joins, const distances& leaves)
{
    if (joins.empty())
        return milliseconds{0};
    const auto common = middle_of(joins);
    const bool sure = agree(joins, common, 2) && agree(leaves, common, 1);
    return sure && std::chrono::abs(common) > list_distances::agreement ? common : milliseconds{0};
}

}  // namespace

void list_distances::note(
    const meeting_name& meeting, kind what, const std::string& participant, milliseconds later
)
{
    if (std::chrono::abs(later) > farthest)
        return;
    auto& here = meetings_[meeting];
    auto& alike = here.told[what == kind::participant_left ? 1 : 0];
    if (alike.size() == most_pairs && !alike.contains(participant))
        return;
    alike.insert_or_assign(participant, later);
    const auto values = [](const pairs& of) {
        const auto all = of | std::views::values;
        return distances{all.begin(), all.end()};
    };
    here.distance = common_distance(values(here.told[0]), values(here.told[1]));
}

milliseconds list_distances::of(const meeting_name& meeting) const
{
    const auto it = meetings_.find(meeting);
    return it == meetings_.end() ? milliseconds{0} : it->second.distance;
}

}  // namespace rollcall
