#include "relay/download_match.hpp"

#include "relay/facing_pairs.hpp"
#include "relay/like_sequences.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds without_end = milliseconds::max() / 4;

// Where the order of the times alone cannot say which is which any more. 4 million steps.
constexpr std::size_t most_cells = std::size_t{1} << 22;

// How near like events come to each other, equal times aside, by that way where it is farther:
// times that are wrong bring them nearer. That which tells less than half as many says nothing.
milliseconds nearest_of(const std::vector<like_sequences>& all)
{
    std::array<std::size_t, 2> gaps{};
    std::array<milliseconds, 2> nearest{without_end, without_end};
    for (const auto& each : all)
        for (std::size_t way = 0; way < 2; ++way)
            for (std::size_t i = 1; i < each.told[way].size(); ++i)
                if (const auto gap = each.told[way][i].at - each.told[way][i - 1].at; gap > 0ms) {
                    ++gaps[way];
                    nearest[way] = std::min(nearest[way], gap);
                }
    if (2 * gaps[0] < gaps[1])
        return nearest[1];
    return 2 * gaps[1] < gaps[0] ? nearest[0] : std::max(nearest[0], nearest[1]);
}

// How many pairs there may be at most.
std::size_t may_face(const std::vector<like_sequences>& all)
{
    std::size_t sum = 0;
    for (const auto& each : all)
        sum += std::min(each.open(0), each.open(1));
    return sum;
}

class matching {
public:
    matching(
        const std::vector<like_sequences>& all,
        const matched_before& before,
        const match_settings& how
    )
        : all_{all}, before_{before}, how_{how}
    {
    }

    match_result find()
    {
        find_distance();
        for (const auto& each : all_)
            if (each.faces())
                match_sequences(each);
        return std::move(found_);
    }

private:
    // Equal clocks, unless much more speaks for others: what happens at regular intervals faces its
    // like at many distances. Few pairs say nothing.
    void find_distance()
    {
        constexpr std::size_t telling = 3;
        constexpr double clearly = 20;  // two or three pairs
        const auto widest = 2 * how_.window;
        const auto reach = how_.distance + how_.window;
        const facing_pairs pairs{all_, before_, reach};
        auto best = pairs.best(how_.window, widest);
        if (const auto other = pairs.best(reach, widest); other.worth > best.worth + clearly)
            best = other;
        const auto nearest = nearest_of(all_);
        // With nothing nearer than twice the window it cannot be too wide, unless equal times
        // dominate; and clocks that may be equal are taken for equal.
        const bool as_set = widest <= nearest && 2 * before_.exact <= best.pairs;
        const bool around_none = best.first >= -how_.window && best.last <= how_.window;
        found_.tolerance = std::min(how_.window, nearest / 2);
        if (best.pairs < telling || (as_set && around_none))
            return;
        found_.distance = best.middle();
        if (!as_set)
            found_.tolerance = std::min(best.reach(), how_.window);
    }

    void match_sequences(const like_sequences& each)
    {
        const auto tolerance = found_.tolerance;
        const auto facing = each.nearest_pairs(found_.distance, how_.window).size();
        std::size_t matched = 0;
        for (const auto& part : each.parts(found_.distance, tolerance)) {
            if (part.webhooks.size() * part.rows.size() > most_cells)
                continue;
            for (const auto& [webhook, row] : largest_matching(each, part, tolerance)) {
                const auto difference =
                    std::chrono::abs(each.distance(webhook, row) - found_.distance);
                if (2 * difference > each.nearest_like(webhook, row))
                    continue;
                found_.pairs.push_back({each.webhook(webhook), each.row(row)});
                ++matched;
            }
        }
        found_.undecided += facing - std::min(facing, matched);
    }

    // By how many pairs, then by how little they differ: both in one number.
    static std::vector<like_sequences::pair> largest_matching(
        const like_sequences& each, const like_sequences::part& of, milliseconds tolerance
    );

    const std::vector<like_sequences>& all_;
    const matched_before& before_;
    const match_settings& how_;
    match_result found_;
};

std::vector<like_sequences::pair> matching::largest_matching(
    const like_sequences& each, const like_sequences::part& of, milliseconds tolerance
)
{
    const auto& [webhooks, rows, distance] = of;
    const std::size_t width = rows.size() + 1;
    std::vector<std::int64_t> best((webhooks.size() + 1) * width);
    const auto one_pair = (tolerance.count() + 1) *
                          static_cast<std::int64_t>(std::min(webhooks.size(), rows.size()) + 1);
    const auto worth = [&](std::size_t i, std::size_t j) {
        const auto apart = std::chrono::abs(each.distance(webhooks[i], rows[j]) - distance);
        return apart > tolerance ? -1 : one_pair - apart.count();
    };
    for (std::size_t i = 1; i <= webhooks.size(); ++i) {
        for (std::size_t j = 1; j < width; ++j) {
            auto& here = best[i * width + j];
            here = std::max(best[(i - 1) * width + j], best[i * width + j - 1]);
            if (const auto pair = worth(i - 1, j - 1); pair >= 0)
                here = std::max(here, best[(i - 1) * width + j - 1] + pair);
        }
    }
    std::vector<like_sequences::pair> pairs;
    for (std::size_t i = webhooks.size(), j = rows.size(); i > 0 && j > 0;) {
        const auto here = best[i * width + j];
        if (here == best[(i - 1) * width + j]) {
            --i;
        } else if (here == best[i * width + j - 1]) {
            --j;
        } else {
            pairs.push_back({webhooks[--i], rows[--j]});
        }
    }
    return pairs;
}

}  // namespace

match_result match(
    std::span<const told_event> webhooks,
    std::span<const told_event> rows,
    const matched_before& before,
    const match_settings& how
)
{
    if (how.window <= 0ms)
        return {};
    const auto all = sequences_of(webhooks, rows);
    return matching{all, before, how}.find();
}

std::optional<clock_distance> find_difference(
    std::span<const told_event> webhooks, std::span<const told_event> rows, milliseconds reach
)
{
    constexpr milliseconds widest{1'000};
    const auto all = sequences_of(webhooks, rows);
    const auto found = find_clock_distances(distances_between(all, reach), reach, widest);
    if (found.empty() || 2 * found.front().facing < may_face(all))
        return std::nullopt;
    return found.front();
}

}  // namespace rollcall
