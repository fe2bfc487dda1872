#include "relay/like_sequences.hpp"

#include "relay/download_match.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

namespace rollcall {
namespace {

// Positions of open elements of one way, in the order of time.
std::vector<std::size_t> open_of(const std::vector<like_sequences::element>& told)
{
    std::vector<std::size_t> positions;
    for (std::size_t i = 0; i < told.size(); ++i)
        if (told[i].open)
            positions.push_back(i);
    return positions;
}

// Which of `open` is nearest to a time; of two the earlier.
std::size_t nearest_to(
    const std::vector<like_sequences::element>& told,
    const std::vector<std::size_t>& open,
    timestamp at
)
{
    const auto after =
        std::ranges::lower_bound(open, at, {}, [&](std::size_t i) { return told[i].at; });
    if (after == open.end())
        return open.back();
    if (after == open.begin() || told[*after].at - at < at - told[*std::prev(after)].at)
        return *after;
    return *std::prev(after);
}

// To the nearest element with another time.
milliseconds gap_at(const std::vector<like_sequences::element>& told, std::size_t position)
{
    auto gap = milliseconds::max() / 4;
    const auto at = told[position].at;
    const auto [first, after] =
        std::ranges::equal_range(told, at, {}, &like_sequences::element::at);
    if (first != told.begin())
        gap = at - std::prev(first)->at;
    return after == told.end() ? gap : std::min(gap, after->at - at);
}

}  // namespace

std::size_t like_sequences::open(std::size_t way) const
{
    return static_cast<std::size_t>(std::ranges::count_if(told[way], &element::open));
}

std::vector<like_sequences::pair> like_sequences::nearest_pairs(
    milliseconds distance_of_clocks, milliseconds within
) const
{
    const auto webhooks = open_of(told[0]);
    const auto rows = open_of(told[1]);
    std::vector<pair> pairs;
    if (webhooks.empty() || rows.empty())
        return pairs;
    for (const auto webhook : webhooks) {
        const auto at = told[0][webhook].at - distance_of_clocks;
        const auto row = nearest_to(told[1], rows, at);
        if (std::chrono::abs(told[1][row].at - at) > within)
            continue;
        if (nearest_to(told[0], webhooks, told[1][row].at + distance_of_clocks) == webhook)
            pairs.push_back({webhook, row});
    }
    return pairs;
}

std::vector<like_sequences::part> like_sequences::parts(
    milliseconds distance_of_clocks, milliseconds within
) const
{
    const auto webhooks = open_of(told[0]);
    const auto rows = open_of(told[1]);
    std::vector<part> found;
    part growing{.webhooks = {}, .rows = {}, .distance = distance_of_clocks};
    std::optional<timestamp> last;
    const auto close = [&] {
        if (!growing.webhooks.empty() && !growing.rows.empty())
            found.push_back(growing);
        growing.webhooks.clear();
        growing.rows.clear();
    };
    for (std::size_t i = 0, j = 0; i < webhooks.size() || j < rows.size();) {
        const bool takes_webhook =
            j == rows.size() ||
            (i < webhooks.size() &&
             told[0][webhooks[i]].at - distance_of_clocks <= told[1][rows[j]].at);
        const auto at =
            takes_webhook ? told[0][webhooks[i]].at - distance_of_clocks : told[1][rows[j]].at;
        if (last && at - *last > within)
            close();
        last = at;
        if (takes_webhook)
            growing.webhooks.push_back(webhooks[i++]);
        else
            growing.rows.push_back(rows[j++]);
    }
    close();
    return found;
}

milliseconds like_sequences::nearest_like(std::size_t webhook, std::size_t row) const
{
    return std::max(gap_at(told[0], webhook), gap_at(told[1], row));
}

std::vector<like_sequences::pair> like_sequences::pairs_within(milliseconds reach) const
{
    const auto rows = open_of(told[1]);
    std::vector<pair> pairs;
    std::size_t first = 0;
    for (const auto webhook : open_of(told[0])) {
        while (first < rows.size() && distance(webhook, rows[first]) > reach)
            ++first;
        for (auto j = first; j < rows.size() && distance(webhook, rows[j]) >= -reach; ++j)
            pairs.push_back({webhook, rows[j]});
    }
    return pairs;
}

std::vector<like_sequences> sequences_of(
    std::span<const told_event> webhooks, std::span<const told_event> rows
)
{
    std::map<std::uint64_t, like_sequences> by_alike;
    const auto add = [&](std::span<const told_event> list, std::size_t way) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            auto& of = by_alike[list[i].alike];
            of.kind = list[i].kind;
            of.told[way].push_back({list[i].at, i, list[i].open});
        }
    };
    add(webhooks, 0);
    add(rows, 1);
    std::vector<like_sequences> all;
    all.reserve(by_alike.size());
    for (auto& [alike, of] : by_alike) {
        for (auto& told : of.told)
            std::ranges::stable_sort(told, {}, &like_sequences::element::at);
        all.push_back(std::move(of));
    }
    return all;
}

std::vector<milliseconds> distances_between(
    const std::vector<like_sequences>& all, milliseconds reach
)
{
    constexpr std::size_t most = 1'000'000;
    std::vector<std::pair<std::size_t, const like_sequences*>> by_size;
    for (const auto& each : all)
        if (each.faces())
            by_size.emplace_back(each.open(0) * each.open(1), &each);
    std::ranges::stable_sort(by_size, {}, [](const auto& each) { return each.first; });

    std::vector<milliseconds> distances;
    for (const auto& [size, each] : by_size)
        for (const auto& [webhook, row] : each->pairs_within(reach)) {
            if (distances.size() == most)
                return distances;
            distances.push_back(each->distance(webhook, row));
        }
    return distances;
}

}  // namespace rollcall
