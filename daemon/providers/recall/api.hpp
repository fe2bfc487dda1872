#pragma once

#include "core/errors.hpp"
#include "providers/poll_failure.hpp"
#include "providers/polling.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::recall {

/// Which of `provider::rate_limits` a request counts against: objects, or lists.
inline constexpr std::size_t object_limit = 0;
inline constexpr std::size_t list_limit = 1;

/// Whether that can be one of the API's ids, which a plan may write into its state as it is.
bool is_id(std::string_view text);

// Paths. All end in `/`, also before a query.

inline constexpr std::string_view artifacts_path = "/api/v1/participant_events/";
std::string artifact_path(std::string_view id);
std::string recording_path(std::string_view id);
std::string bot_path(std::string_view id);

/// What to ask for next, of a page's `next`: the URL as it stands, without the base URL in front.
/// Nothing where it is not below that, for whoever else is there must not be sent the key, or not
/// of characters that a request can have. The slash that some of the provider's examples leave out
/// before the query may be missing.
std::optional<std::string> target_of_next(std::string_view next, std::string_view base_url);

/// Why an answer holds nothing to read.
enum class refusal : std::uint8_t {
    none,         ///< 200
    unreadable,   ///< 200, and of no use: half of the JSON, too large, encoded
    bad_request,  ///< 400, 405: asking again is of no use
    denied,       ///< 401: the key is missing, wrong, or another region's; 402: no credit is left
    blocked,      ///< 403: something before the API does not like this request
    not_found,    ///< 404: unknown, or another workspace's; 410
    conflict,     ///< 409
    throttled,    ///< 429, 507
    broken,       ///< 500: this request; the next one may be fine
    unavailable,  ///< everything else: redirects, other 5xx
};
refusal read_refusal(const poll_response& response);

/// What the scheduler is told about a refusal: `denied`, `throttled`, otherwise `failed`, with
/// words for the log that hold nothing of the answer but its status.
poll_outcome refused(refusal why, const poll_response& answer);

/// Whether the provider was there: such a failure is the request's own.
bool was_answered(refusal why);

}  // namespace rollcall::recall
