#pragma once

#include "core/event.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rollcall::attendee {

/// What a bot's state means for whoever follows it.
enum class bot_stage : std::uint8_t {
    before,  ///< nothing has happened yet
    active,  ///< events may come
    over,    ///< ended for good
};
/// A state that is not known counts as active.
bot_stage stage_of(std::string_view state);

/// The states of the bots that are not over, and of those that are, as `GET /bots` filters by them.
std::span<const std::string_view> live_states();
std::span<const std::string_view> over_states();

/// After it there is nothing left to be read.
inline constexpr std::string_view deleted_state = "data_deleted";

/// What a change into `state` tells of the meeting: `meeting_started`, `meeting_ended`, or nothing.
std::optional<kind> meeting_kind(std::string_view state);

/// The state that a bot's event of this type led into; empty for one that is not known. A bot's
/// `events` have types, its webhooks have states too.
std::string_view state_after(std::string_view event_type);

/// A bot as `GET /bots` and `GET /bots/{id}` give it.
struct bot_facts {
    std::string id;
    std::string state;
    std::optional<timestamp> first_event;  ///< when it was made, nearly: bots have no other time
    std::optional<timestamp> last_event;
    std::optional<timestamp> join_at;
};

/// `errc::not_json`, `missing_field` or `wrong_type` for what has no id or no state.
result<bot_facts, fault> read_bot(std::string_view body);

}  // namespace rollcall::attendee
