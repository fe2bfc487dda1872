#pragma once

#include "core/event.hpp"
#include "relay/clock_distance.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rollcall {

/// An event as one of two ways tells it: by a webhook, or by a download's row.
struct told_event {
    std::uint64_t alike = 0;  ///< `alike_of`: the same for everything that differs in its time only
    rollcall::kind kind{};
    timestamp at{};
    bool open = true;  ///< false: what the other way has of it is known, or must not be sought
    bool operator==(const told_event&) const = default;
};

struct match_settings {
    /// How far apart the two ways may tell one event, once the distance of their clocks is taken
    /// off. 0: events are the same by exact keys only.
    milliseconds window{0};
    milliseconds distance{60'000};  ///< how far apart the clocks may be
    /// How long webhooks that come after a download wait for each other, to be matched as a whole.
    milliseconds wait{30'000};
    bool operator==(const match_settings&) const = default;
};

/// What is known of the two ways of one meeting before they are matched.
struct matched_before {
    std::size_t exact = 0;                ///< events that both have told with the same time
    std::vector<milliseconds> distances;  ///< of others that were matched: webhook less row
};

struct match_result {
    struct pair {
        std::size_t webhook = 0;
        std::size_t row = 0;
        bool operator==(const pair&) const = default;
    };
    std::vector<pair> pairs;    ///< the same event; indices
    milliseconds distance{0};   ///< of the clocks: webhook less row
    milliseconds tolerance{0};  ///< how far from it pairs were sought in the end
    /// Rows that face a webhook which may or may not be the same event, for another like event is
    /// nearer than twice their difference. They are in no pair.
    std::size_t undecided = 0;
};

/// Which rows of a whole download tell again what webhooks have told, with another time. The lists
/// may be in any order. Symmetrical: with the ways exchanged it comes to the same pairs, with the
/// distance's sign changed.
///
/// It is exact where the two ways' times of one event differ by no more than the window and the
/// window is no more than half the distance of like events, if the clocks are equal or so much is
/// told that they can be compared (`facing_pairs`). A wider window shrinks to what the pairs at
/// hand differ by. Within it each list of like events is matched with its counterpart by the
/// largest matching without crossings, of equally large ones by that with the least differences.
match_result match(
    std::span<const told_event> webhooks,
    std::span<const told_event> rows,
    const matched_before& before,
    const match_settings& how
);

/// The audit: whether what only one way has told faces what only the other has, at a constant
/// distance of at most `reach`: at least half of what may. That is the sign that the clocks differ.
std::optional<clock_distance> find_difference(
    std::span<const told_event> webhooks, std::span<const told_event> rows, milliseconds reach
);

}  // namespace rollcall
