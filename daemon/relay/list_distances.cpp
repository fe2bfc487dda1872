#include "relay/list_distances.hpp"

#include <algorithm>
#include <ranges>
#include <vector>

namespace rollcall {
namespace {

// The middle one, where most agree with it.
milliseconds common_distance(std::vector<milliseconds> all)
{
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    std::ranges::nth_element(all, middle);
    const milliseconds common = *middle;
    const auto agreeing = static_cast<std::size_t>(std::ranges::count_if(all, [&](auto each) {
        return std::chrono::abs(each - common) <= list_distances::agreement;
    }));
    const bool sure = agreeing >= 2 && 2 * agreeing > all.size();
    return sure && std::chrono::abs(common) > list_distances::agreement ? common : milliseconds{0};
}

}  // namespace

void list_distances::note(
    const meeting_name& meeting, const std::string& change, milliseconds later
)
{
    auto& here = meetings_[meeting];
    if (here.pairs.size() == most_pairs && !here.pairs.contains(change))
        return;
    here.pairs.insert_or_assign(change, later);
    const auto all = here.pairs | std::views::values;
    here.distance = common_distance({all.begin(), all.end()});
}

milliseconds list_distances::of(const meeting_name& meeting) const
{
    const auto it = meetings_.find(meeting);
    return it == meetings_.end() ? milliseconds{0} : it->second.distance;
}

}  // namespace rollcall
