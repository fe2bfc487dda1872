#pragma once

#include "providers/poll_failure.hpp"
#include "providers/polling.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace rollcall::realtimekit {

// What the REST API of an app is asked, below `.../realtime/kit/{app_id}`, and how its answers are
// judged. docs/providers.md has what is made of them.

/// `intake_record::item` of what is stored of the answers.
namespace item {
/// A session as a list has it, or as it was found when it had gone from the list.
inline constexpr std::string_view session = "session";
/// The same, asked for by the session's own plan, which knows what it means.
inline constexpr std::string_view followed_session = "followed_session";
/// A participant of a session: one peer, with its peer events.
inline constexpr std::string_view participant = "participant";
/// A participant with what the settings' `filters` ask for.
inline constexpr std::string_view details = "participant_details";
/// A session of a permanent meeting, for webhooks that name only that.
inline constexpr std::string_view session_of_meeting = "session_of_meeting";
/// The sessions of a permanent meeting have all been told.
inline constexpr std::string_view meeting_read = "meeting_read";
}  // namespace item

/// What stands before the id of a permanent meeting where the key of a session is expected: of a
/// webhook that names no session.
inline constexpr std::string_view meeting_prefix = "meeting:";

/// The most rows that are asked for at once.
inline constexpr std::string_view sessions_a_page = "100";
inline constexpr std::string_view participants_a_page = "200";

/// `/sessions/<id>`.
std::string session_target(std::string_view session);
/// A page of a session's participants with all of their peer events.
std::string participants_target(std::string_view session, std::size_t page);
/// One participant with its peer events; `filters`, separated by commas, may be empty.
std::string participant_target(
    std::string_view session, std::string_view participant, std::string_view filters
);
/// The same by the peer's id, in whichever session it was.
std::string peer_target(std::string_view peer);
/// The session of a permanent meeting that is going on.
std::string active_session_target(std::string_view meeting);

/// Why an answer holds nothing to read.
enum class refusal : std::uint8_t {
    none,         ///< 200
    unreadable,   ///< 200, and of no use: half of the JSON, too large, encoded
    refused,      ///< 200, but the body says that it is a failure
    bad_request,  ///< 400, 422: a parameter it does not take
    denied,       ///< 401, 403
    not_found,    ///< 404
    throttled,    ///< 429
    unavailable,  ///< everything else: 408, 5xx, redirects
};
refusal read_refusal(const poll_response& response);

/// What the scheduler is told about a refusal: `denied`, `throttled`, otherwise `failed`, with
/// words for the log that hold nothing of the answer but its status.
poll_outcome refused(refusal why, const poll_response& answer);

}  // namespace rollcall::realtimekit
