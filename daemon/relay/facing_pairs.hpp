#pragma once

#include "core/time.hpp"
#include "relay/like_sequences.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rollcall {

struct matched_before;

/// A stretch of distances between like events of two ways, webhook less row; both ends are in it.
struct facing_stretch {
    milliseconds first{0};
    milliseconds last{0};
    std::size_t pairs = 0;  ///< in it
    double worth = 0;       ///< how much speaks for it; more is better, 0 is nothing

    milliseconds middle() const { return first + (last - first) / 2; }
    /// How far from its middle it reaches.
    milliseconds reach() const { return (last - first + milliseconds{1}) / 2; }
    bool operator==(const facing_stretch&) const = default;
};

/// All pairs of like events of two ways that may be the same, in the order of their distances.
///
/// What is one event lies within a stretch of distances: around that of the clocks, as far as the
/// times differ besides. As long as they differ by less than half the distance of like events, what
/// only neighbours have in common lies outside of that stretch. So in it every event faces one
/// other at most, and beyond its ends events begin to face two. That tells where it ends; and the
/// middle of the two ends is nearer to the clocks' distance than any average of what lies between
/// them.
class facing_pairs {
public:
    /// Open pairs at most `reach` apart, of the smallest sequences first, and no more than
    /// `most_pairs`; besides what is known to be the same already.
    facing_pairs(
        const std::vector<like_sequences>& all, const matched_before& known, milliseconds reach
    );

    /// The stretch that is worth most among those no wider than `widest` around some distance of at
    /// most `within`. Of nothing: one that is worth nothing.
    facing_stretch best(milliseconds within, milliseconds widest) const;

    static constexpr std::size_t most_pairs = 200'000;

private:
    struct edge {
        milliseconds distance{0};
        std::uint32_t webhook = 0;  // numbered over all sequences
        std::uint32_t row = 0;
    };
    /// Positions in `edges_`.
    struct positions {
        std::size_t first = 0, last = 0;  // one past
        bool operator==(const positions&) const = default;
    };
    class tally;

    void add(const like_sequences& each, milliseconds reach);
    facing_stretch stretch_of(const positions& p, tally& counts) const;
    positions grow_from(std::size_t at, milliseconds widest, tally& counts) const;
    std::size_t grow_up(positions p, std::size_t at, milliseconds widest, tally& counts) const;
    std::size_t grow_down(positions p, std::size_t at, milliseconds widest, tally& counts) const;
    double worth(std::int64_t score, milliseconds width) const;

    std::vector<edge> edges_;
    std::uint32_t webhooks_ = 0;
    std::uint32_t rows_ = 0;
    milliseconds usual_gap_{0};  // between like events
};

}  // namespace rollcall
