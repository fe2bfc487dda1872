#pragma once

#include "core/event.hpp"
#include "core/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rollcall {

struct told_event;

/// All events that differ in nothing but their time, as each of two ways tells them, in the order
/// of time.
struct like_sequences {
    struct element {
        timestamp at{};
        std::size_t index = 0;  ///< in the list they were taken from
        bool open = true;
    };
    /// Positions in `told[0]` and `told[1]`.
    struct pair {
        std::size_t webhook = 0;
        std::size_t row = 0;
    };
    /// Open elements of both ways that are near enough to each other to be matched, and to nothing
    /// else.
    struct part {
        std::vector<std::size_t> webhooks;
        std::vector<std::size_t> rows;
        milliseconds distance{0};  ///< of the clocks
    };

    rollcall::kind kind{};
    std::array<std::vector<element>, 2> told;  ///< webhooks, rows

    std::size_t webhook(std::size_t position) const { return told[0][position].index; }
    std::size_t row(std::size_t position) const { return told[1][position].index; }
    /// Webhook less row.
    milliseconds distance(std::size_t webhook, std::size_t row) const
    {
        return told[0][webhook].at - told[1][row].at;
    }
    std::size_t open(std::size_t way) const;
    bool faces() const { return open(0) > 0 && open(1) > 0; }

    /// Open elements each of which is the other's nearest, at most `within` apart once the clocks'
    /// `distance` is taken off.
    std::vector<pair> nearest_pairs(milliseconds distance, milliseconds within) const;
    /// The parts in which something may be matched, by the same measures.
    std::vector<part> parts(milliseconds distance, milliseconds within) const;
    /// All open pairs that are at most `reach` apart, by webhooks.
    std::vector<pair> pairs_within(milliseconds reach) const;
    /// How near another element comes to one of the two, in that way where it is the farther.
    milliseconds nearest_like(std::size_t webhook, std::size_t row) const;
};

std::vector<like_sequences> sequences_of(
    std::span<const told_event> webhooks, std::span<const told_event> rows
);

/// All distances, webhook less row, of open like events that are at most `reach` apart; of the
/// smallest sequences first, and no more of them than a million.
std::vector<milliseconds> distances_between(
    const std::vector<like_sequences>& all, milliseconds reach
);

}  // namespace rollcall
