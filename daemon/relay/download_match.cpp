#include "relay/download_match.hpp"

#include "relay/like_sequences.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds without_end = milliseconds::max() / 4;

// Where the order of the times alone cannot say which is which any more. 4 million steps.
constexpr std::size_t most_cells = std::size_t{1} << 22;

milliseconds middle_of(std::vector<milliseconds>& values)
{
    std::ranges::sort(values);
    return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

// Of each kind how near like events come to each other, equal times aside: the twentieth part that
// is nearest left out, and by that way that tells more of them.
class nearness {
public:
    explicit nearness(const std::vector<like_sequences>& all)
    {
        std::array<std::array<std::vector<milliseconds>, 2>, kinds> gaps;
        for (const auto& each : all)
            for (std::size_t way = 0; way < 2; ++way)
                for (std::size_t i = 1; i < each.told[way].size(); ++i)
                    if (const auto gap = each.told[way][i].at - each.told[way][i - 1].at; gap > 0ms)
                        gaps[static_cast<std::size_t>(each.kind)][way].push_back(gap);
        for (std::size_t kind = 0; kind < kinds; ++kind) {
            auto& [webhooks, rows] = gaps[kind];
            nearest_[kind] = low_of(webhooks.size() > rows.size() ? webhooks : rows);
        }
    }
    milliseconds of(kind what) const { return nearest_[static_cast<std::size_t>(what)]; }

private:
    static milliseconds low_of(std::vector<milliseconds>& gaps)
    {
        if (gaps.empty())
            return without_end;
        const auto low = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 20);
        std::ranges::nth_element(gaps, low);
        return *low;
    }
    std::array<milliseconds, kinds> nearest_{};
};

// What the pairs that face each other differ by, up to the first jump: what lies beyond it are
// events that only one way has told. Few of them say nothing, unless most have equal times.
milliseconds spread_of(
    std::vector<milliseconds> differences, std::size_t exact, milliseconds window
)
{
    constexpr std::size_t telling = 12;
    const std::size_t count = differences.size() + exact;
    const bool exact_dominate = 2 * exact > count;
    if (count < telling && !exact_dominate)
        return window;
    std::ranges::sort(differences);
    const auto at = [&](std::size_t i) { return i < exact ? 0ms : differences[i - exact]; };
    auto spread = at(count / 2);
    const auto jump = 2 * spread + 1ms;
    for (std::size_t i = count / 2 + 1; i < count && at(i) - spread <= jump; ++i)
        spread = at(i);
    return std::min(std::max(spread, 1ms), window);
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
        const auto differences = differences_at(found_.distance);
        const bool equal_clocks = found_.distance == 0ms;
        const auto spread = spread_of(differences, equal_clocks ? before_.exact : 0, how_.window);
        found_.tolerance = spread;
        for (const auto& each : all_)
            if (each.faces())
                match_sequences(each, spread, near_.of(each.kind) / 2);
        return std::move(found_);
    }

private:
    // Of the distances that stand out the one at which the pairs fit best, and then the median of
    // what lies around it.
    void find_distance()
    {
        const auto reach = how_.distance + how_.window;
        const auto peaks = find_clock_distances(distances_between(all_, reach), reach, how_.window);
        const auto facing = peaks.empty() ? 0 : peaks.front().facing;
        if (before_.exact > 0 && before_.exact >= std::max(facing, before_.distances.size()))
            return;
        if (!before_.distances.empty()) {
            auto distances = before_.distances;
            found_.distance = middle_of(distances);
            return settle_in_the_middle();
        }
        // None, unless another one fits clearly better: what happens at regular intervals faces its
        // like at many distances.
        double best = 1.25 * fit(0ms) + 2;
        for (const auto& peak : peaks) {
            if (2 * peak.facing < may_face(all_))
                continue;
            if (const double fits = fit(peak.distance); fits > best) {
                best = fits;
                found_.distance = peak.distance;
            }
        }
        settle_in_the_middle();
    }

    void settle_in_the_middle()
    {
        constexpr int rounds = 8;
        for (int i = 0; i < rounds; ++i) {
            std::vector<milliseconds> around = before_.distances;
            for (const auto& each : all_)
                for (const auto& [webhook, row] :
                     each.nearest_pairs(found_.distance, 2 * how_.window))
                    around.push_back(each.distance(webhook, row));
            if (around.size() < 3)
                return;
            const auto middle = middle_of(around);
            if (std::exchange(found_.distance, middle) == middle)
                break;
        }
        constexpr int recentrings = 3;
        for (int i = 0; i < recentrings; ++i)
            recentre();
    }
    // The median of few pairs lies aside; the middle of those that can be meant is nearer.
    void recentre()
    {
        const auto spread = spread_of(differences_at(found_.distance), 0, 2 * how_.window);
        milliseconds sum{0};
        std::int64_t count = 0;
        for (const auto& each : all_) {
            const auto near = std::min(spread, near_.of(each.kind) / 2);
            for (const auto& [webhook, row] : each.nearest_pairs(found_.distance, near)) {
                sum += each.distance(webhook, row) - found_.distance;
                ++count;
            }
        }
        if (count >= 8)
            found_.distance += sum / count;
    }

    // How well pairs fit at a distance: each counts from 1, where it lies just there, to -1, where
    // it is as near to the next like event.
    double fit(milliseconds distance) const
    {
        double sum = 0;
        for (const auto& each : all_)
            for (const auto& [webhook, row] : each.nearest_pairs(distance, how_.window)) {
                const auto off = std::chrono::abs(each.distance(webhook, row) - distance);
                const auto half = std::min(each.nearest_like(webhook, row) / 2, 2 * how_.window);
                sum += 1 - 2 * std::min(
                                   1.0,
                                   static_cast<double>(off.count()) /
                                       static_cast<double>(std::max(half, 1ms).count())
                               );
            }
        return sum;
    }

    std::vector<milliseconds> differences_at(milliseconds distance) const
    {
        std::vector<milliseconds> all;
        for (const auto& each : all_)
            for (const auto& [webhook, row] : each.nearest_pairs(distance, how_.window))
                all.push_back(std::chrono::abs(each.distance(webhook, row) - distance));
        for (const auto each : before_.distances)
            all.push_back(std::chrono::abs(each - distance));
        return all;
    }

    void match_sequences(const like_sequences& each, milliseconds spread, milliseconds half_gap)
    {
        const auto tolerance = std::min(spread, half_gap);
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
        const auto facing = each.nearest_pairs(found_.distance, spread).size();
        found_.undecided += facing - std::min(facing, matched);
    }

    // By how many pairs, then by how little they differ: both in one number.
    static std::vector<like_sequences::pair> largest_matching(
        const like_sequences& each, const like_sequences::part& of, milliseconds tolerance
    );

    const std::vector<like_sequences>& all_;
    const nearness near_{all_};
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
