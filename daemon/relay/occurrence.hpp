#pragma once

#include "core/event.hpp"

#include <cstdint>
#include <span>

namespace rollcall {

/// A join or a leave of one participant of one meeting.
struct presence_change {
    kind what{};  ///< `participant_joined` or `participant_left`
    timestamp at{};
    std::uint16_t number = 0;  ///< which of the participant's; 0: it is known of, but not published
    bool listed = false;       ///< told by the provider's own list of them
};

/// How one is told that is to be counted.
struct telling_of_change {
    bool listed = false;    ///< by the provider's own list
    bool only_one = false;  ///< which has no other one of its kind
};

/// Which of a participant's joins, or of their leaves, one of them is.
struct occurrence {
    enum class state : std::uint8_t {
        fresh,     ///< none that was published
        repeated,  ///< one that was published with another time
        same,      ///< one that was published with this time
    };
    std::uint16_t number = 1;
    state is = state::fresh;
    bool operator==(const occurrence&) const = default;
};

/// For providers that give a join or a leave neither an id nor a time that is the same on all ways:
/// nothing but the order of comings and goings tells them apart.
///
/// A join is a published one told again unless a leave is known to lie between the two, and a leave
/// likewise unless a join does. One that is none of them opens occurrence n + 1 where the latest
/// leave published before it is n's, or ends occurrence n where the latest join published at or
/// before it is n's, else it is of the first. Where that number was given to another one, because
/// they came in another order than they happened, it gets the next that is free: so none is lost.
///
/// Where the provider's two ways differ by more than a stay is long, order alone would double it.
/// So one that a list has as the only one of its kind is that which was published; and one from
/// elsewhere whose number a list has told already is that one, told again.
///
/// `known` is what is known of the participant, in any order; at equal times a join comes before a
/// leave.
occurrence occurrence_of(
    kind what, timestamp at, std::span<const presence_change> known, telling_of_change told = {}
);

}  // namespace rollcall
