#include "relay/facing_pairs.hpp"

#include "relay/download_match.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

// The median of what lies between like events, by that way where it is more: what is told with
// wrong times, or in part, seems to lie nearer, or not at all.
milliseconds usual_gap_of(const std::vector<like_sequences>& all)
{
    milliseconds usual{0};
    for (std::size_t way = 0; way < 2; ++way) {
        std::vector<milliseconds> gaps;
        for (const auto& each : all)
            for (std::size_t i = 1; i < each.told[way].size(); ++i)
                gaps.push_back(each.told[way][i].at - each.told[way][i - 1].at);
        if (gaps.empty())
            continue;
        const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
        std::ranges::nth_element(gaps, middle);
        usual = std::max(usual, *middle);
    }
    return usual;
}

}  // namespace

// The score of a set of edges: one for each, less four for each of its two events that another edge
// has already. A stretch that is too wide has many such, and one that is right none.
class facing_pairs::tally {
public:
    explicit tally(const facing_pairs& of) : seen_{counts(of.webhooks_), counts(of.rows_)} {}

    std::int64_t add(const edge& e)
    {
        added_.push_back(&e);
        const bool shared[] = {seen_[0][e.webhook]++ > 0, seen_[1][e.row]++ > 0};
        score_ += 1 - 4 * ((shared[0] ? 1 : 0) + (shared[1] ? 1 : 0));
        return score_;
    }
    std::int64_t score() const { return score_; }
    // Begins anew, with these.
    void set(const std::vector<edge>& edges, std::size_t first, std::size_t last)
    {
        for (const auto* const each : added_)
            seen_[0][each->webhook] = seen_[1][each->row] = 0;
        added_.clear();
        score_ = 0;
        for (auto i = first; i < last; ++i)
            add(edges[i]);
    }

private:
    using counts = std::vector<std::uint32_t>;
    std::array<counts, 2> seen_;
    std::vector<const edge*> added_;
    std::int64_t score_ = 0;
};

facing_pairs::facing_pairs(
    const std::vector<like_sequences>& all, const matched_before& known, milliseconds reach
)
    : usual_gap_{usual_gap_of(all)}
{
    // What is known faces nothing else.
    for (const auto distance : known.distances)
        if (edges_.size() < most_pairs)
            edges_.push_back({distance, webhooks_++, rows_++});
    for (std::size_t i = 0; i < known.exact && edges_.size() < most_pairs; ++i)
        edges_.push_back({0ms, webhooks_++, rows_++});
    std::vector<const like_sequences*> by_size;
    for (const auto& each : all)
        if (each.faces())
            by_size.push_back(&each);
    std::ranges::stable_sort(by_size, {}, [](const like_sequences* each) {
        return each->open(0) * each->open(1);
    });
    for (const auto* const each : by_size)
        add(*each, reach);
    std::ranges::stable_sort(edges_, {}, &edge::distance);
}

// All of a sequence or nothing: with a part of its pairs an event would seem to face less than it
// does.
void facing_pairs::add(const like_sequences& each, milliseconds reach)
{
    const auto pairs = each.pairs_within(reach);
    if (edges_.size() + pairs.size() > most_pairs)
        return;
    for (const auto& [webhook, row] : pairs)
        edges_.push_back(
            {each.distance(webhook, row),
             webhooks_ + static_cast<std::uint32_t>(webhook),
             rows_ + static_cast<std::uint32_t>(row)}
        );
    webhooks_ += static_cast<std::uint32_t>(each.told[0].size());
    rows_ += static_cast<std::uint32_t>(each.told[1].size());
}

// The logarithm of how much likelier the score is where these are the same events than by chance:
// for each by how little it is that an event is lost and another one lacks beside it (1 in 400),
// and by how much narrower than the usual gap the stretch is.
double facing_pairs::worth(std::int64_t score, milliseconds width) const
{
    constexpr double both_missing = 6;
    const double narrowness =
        static_cast<double>(usual_gap_.count()) / static_cast<double>(width.count() + 1);
    return static_cast<double>(score) * (both_missing + std::log1p(narrowness));
}

facing_stretch facing_pairs::stretch_of(const positions& p, tally& counts) const
{
    if (p.first == p.last)
        return {};
    const auto first = edges_[p.first].distance;
    const auto last = edges_[p.last - 1].distance;
    counts.set(edges_, p.first, p.last);
    return {first, last, p.last - p.first, worth(counts.score(), last - first)};
}

// Where the stretch from `p.first` ends best, if that is at `at` or above.
std::size_t facing_pairs::grow_up(positions p, std::size_t at, milliseconds widest, tally& counts)
    const
{
    auto best = stretch_of({p.first, at}, counts).worth;
    counts.set(edges_, p.first, at);
    p.last = at;
    const auto from = edges_[p.first].distance;
    for (auto i = at; i < edges_.size() && edges_[i].distance - from <= widest; ++i) {
        const auto now = worth(counts.add(edges_[i]), edges_[i].distance - from);
        if (now > best) {
            best = now;
            p.last = i + 1;
        }
    }
    return p.last;
}

// Where the stretch up to `p.last` begins best, if that is at `at` or below.
std::size_t facing_pairs::grow_down(positions p, std::size_t at, milliseconds widest, tally& counts)
    const
{
    auto best = stretch_of({at, p.last}, counts).worth;
    counts.set(edges_, at, p.last);
    p.first = at;
    const auto to = edges_[std::max(p.last, at) - 1].distance;
    for (auto i = at; i > 0 && to - edges_[i - 1].distance <= widest; --i) {
        const auto now = worth(counts.add(edges_[i - 1]), to - edges_[i - 1].distance);
        if (now > best) {
            best = now;
            p.first = i - 1;
        }
    }
    return p.first;
}

// Up as far as it gets better, then down, and again with what the other end has become.
facing_pairs::positions facing_pairs::grow_from(std::size_t at, milliseconds widest, tally& counts)
    const
{
    constexpr int rounds = 6;
    positions grown{at, at + 1};
    for (int round = 0; round < rounds; ++round) {
        const auto before = grown;
        grown.last = grow_up(grown, at + 1, widest, counts);
        grown.first = grow_down(grown, at, widest, counts);
        if (grown == before)
            break;
    }
    return grown;
}

facing_stretch facing_pairs::best(milliseconds within, milliseconds widest) const
{
    constexpr int starts = 32;  // in each `widest`
    const auto step = std::max(widest / starts, 1ms);
    const auto begin = std::ranges::lower_bound(edges_, -within, {}, &edge::distance);
    tally counts{*this};
    facing_stretch best;
    auto next = -within;
    for (auto at = begin; at != edges_.end() && at->distance <= within; ++at) {
        if (at->distance < next)
            continue;
        next = at->distance + step;
        const auto position = static_cast<std::size_t>(at - edges_.begin());
        const auto one = stretch_of(grow_from(position, widest, counts), counts);
        if (one.worth > best.worth)
            best = one;
    }
    return best;
}

}  // namespace rollcall
