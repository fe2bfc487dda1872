#include "relay/alignment.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace rollcall {
namespace {

constexpr std::size_t most_distances = 64;

using changes = std::vector<const presence_change*>;

bool happens_before(const presence_change* a, const presence_change* b)
{
    return place_of(*a) < place_of(*b);
}

// What is linked to `mine`, by gaps that are not too long, with `mine` itself; in order.
changes linked_to(const presence_change& mine, std::span<const presence_change> known)
{
    changes all{&mine};
    for (const auto& each : known)
        all.push_back(&each);
    std::ranges::stable_sort(all, happens_before);
    auto first = std::ranges::find(all, &mine), last = first + 1;
    while (first != all.begin() && (*first)->at - first[-1]->at <= most_between_ways)
        --first;
    while (last != all.end() && (*last)->at - last[-1]->at <= most_between_ways)
        ++last;
    return {first, last};
}

// One telling of a way for each that it tells: what it told when it came, and again in its turn.
changes told_by(bool listed, const changes& all)
{
    changes told;
    for (const auto* const each : all)
        if (each->listed == listed &&
            (told.empty() || told.back()->what != each->what || told.back()->at != each->at))
            told.push_back(each);
        else if (each->listed == listed && each->number != 0)
            told.back() = each;
    return told;
}

bool is_published(const presence_change& one)
{
    return one.number != 0 && !one.retold;
}

// What is published is one of two only if it was told twice as two.
bool may_face(const presence_change& a, const presence_change& b)
{
    return a.what == b.what && std::chrono::abs(a.at - b.at) <= most_between_ways &&
           !(is_published(a) && is_published(b));
}

// How good an alignment is: more pairs; then nearer to one distance, that of the ways' clocks; then
// nearer to none.
struct worth {
    std::int32_t pairs = 0;
    std::int64_t spread = 0;
    std::int64_t distance = 0;

    bool operator==(const worth&) const = default;
    bool is_better_than(const worth& other) const
    {
        return std::tuple{-pairs, spread, distance} <
               std::tuple{-other.pairs, other.spread, other.distance};
    }
    worth with(milliseconds apart, milliseconds usually) const
    {
        return {
            pairs + 1,
            spread + std::chrono::abs(apart - usually).count(),
            distance + std::chrono::abs(apart).count()};
    }
};

// The best alignments of all beginnings of two sequences, whose clocks are so far apart.
class table {
public:
    table(const changes& mine, const changes& theirs, milliseconds apart)
        : mine_{&mine},
          theirs_{&theirs},
          apart_{apart},
          best_((mine.size() + 1) * (theirs.size() + 1))
    {
        for (std::size_t i = 1; i <= mine.size(); ++i)
            for (std::size_t j = 1; j <= theirs.size(); ++j)
                at(i, j) = best_of(i, j);
    }

    const worth& best() const { return best_.back(); }

    const presence_change* facing(const presence_change& which) const
    {
        std::size_t i = mine_->size(), j = theirs_->size();
        while (i > 0 && j > 0) {
            if (at(i, j) == at(i - 1, j) && (*mine_)[i - 1] != &which) {
                --i;
            } else if (at(i, j) == at(i, j - 1)) {
                --j;
            } else if (at(i, j) == at(i - 1, j)) {
                --i;
            } else {
                --i, --j;
                if ((*mine_)[i] == &which)
                    return (*theirs_)[j];
            }
        }
        return nullptr;
    }

private:
    worth best_of(std::size_t i, std::size_t j) const
    {
        const auto &a = *(*mine_)[i - 1], &b = *(*theirs_)[j - 1];
        worth best = at(i - 1, j).is_better_than(at(i, j - 1)) ? at(i - 1, j) : at(i, j - 1);
        if (may_face(a, b))
            if (const auto together = at(i - 1, j - 1).with(a.at - b.at, apart_);
                together.is_better_than(best))
                best = together;
        return best;
    }
    worth& at(std::size_t i, std::size_t j) { return best_[i * (theirs_->size() + 1) + j]; }
    const worth& at(std::size_t i, std::size_t j) const
    {
        return best_[i * (theirs_->size() + 1) + j];
    }

    const changes* mine_;
    const changes* theirs_;
    milliseconds apart_;
    std::vector<worth> best_;
};

// The best of all, and by the distance of the clocks that makes it so.
table best_table(const changes& own, const changes& others)
{
    table best{own, others, milliseconds{0}};
    std::set<milliseconds> tried{milliseconds{0}};
    for (const auto* const a : own)
        for (const auto* const b : others)
            if (may_face(*a, *b) && tried.size() < most_distances &&
                tried.insert(a->at - b->at).second)
                if (table other{own, others, a->at - b->at};
                    other.best().is_better_than(best.best()))
                    best = std::move(other);
    return best;
}

}  // namespace

const presence_change* aligned_with(
    const presence_change& mine, std::span<const presence_change> known
)
{
    const changes near = linked_to(mine, known);
    auto own = told_by(mine.listed, near);
    const auto others = told_by(!mine.listed, near);
    // What is known of `mine` already, from an earlier telling, says no more than `mine`.
    const auto itself = std::ranges::find_if(own, [&](const auto* each) {
        return each->what == mine.what && each->at == mine.at;
    });
    if (itself == own.end() || own.size() > most_aligned || others.size() > most_aligned)
        return nullptr;
    *itself = &mine;
    const auto* const other = best_table(own, others).facing(mine);
    return other != nullptr && is_published(*other) ? other : nullptr;
}

}  // namespace rollcall
