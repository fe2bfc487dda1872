#pragma once

#include "core/time.hpp"
#include "providers/json_tree.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::realtimekit {

/// A peer's coming or going, as a participant's row tells it.
struct peer_event {
    bool joins = false;
    timestamp at{};
    std::optional<std::string> id;
};

/// A participant of a session as the API gives it: one peer.
struct participant_row {
    std::string id;    ///< the row's own, meant to be the peer's
    std::string peer;  ///< that of its peer events; the row's where they name none
    std::optional<std::string> custom_id;
    std::optional<std::string> name;
    /// By time. From `joined_at` and `left_at` where the row has no peer events at all.
    std::vector<peer_event> changes;
    bool has_events = false;  ///< there were peer events, of whatever kind
    unsigned unknown = 0;     ///< peer events of a kind that is not known
    unsigned bad_times = 0;   ///< times that could not be read, and were dropped
};

/// `errc::missing_field` or `wrong_type` for what has no id, and what `json_tree::parse` says.
result<participant_row, fault> read_participant_row(const json_tree& tree, const json_node& object);
result<participant_row, fault> read_participant_row(std::string_view body);

/// Of what of the row matters: two rows of a participant with one mark become the same events.
std::uint64_t mark_of(const participant_row& row);

}  // namespace rollcall::realtimekit
