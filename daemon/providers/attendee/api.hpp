#pragma once

#include "providers/poll_failure.hpp"
#include "providers/polling.hpp"

#include <string>
#include <string_view>

namespace rollcall::attendee {

/// `/api/v1/bots`: the list. No slash at its end: Attendee knows no such path.
inline constexpr std::string_view bots_path = "/api/v1/bots";

/// `/api/v1/bots/<id>`. It serves app sessions too, and so do the lists below it.
std::string bot_path(std::string_view meeting);

/// Why an answer holds nothing to read.
enum class refusal : std::uint8_t {
    none,            ///< 200
    unreadable,      ///< 200, and of no use: half of the JSON, too large, encoded
    bad_request,     ///< 400: a parameter it does not take
    denied,          ///< 401, and 403, which only something in between would say
    no_such_bot,     ///< 404 `{"error":"Bot not found"}`: unknown, or of another project
    invalid_cursor,  ///< 404 `{"detail":"Invalid cursor"}`
    not_served,      ///< any other 404, 405, 406, 410: this server has no such list
    throttled,       ///< 429
    broken,          ///< 500: this request; the next one may be fine
    unavailable,     ///< everything else: redirects, other 5xx
};
refusal read_refusal(const poll_response& response);

/// What the scheduler is told about a refusal: `denied`, `throttled`, otherwise `failed`, with
/// words for the log that hold nothing of the answer but its status.
poll_outcome refused(refusal why, const poll_response& answer);

}  // namespace rollcall::attendee
