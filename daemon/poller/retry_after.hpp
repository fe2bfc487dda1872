#pragma once

#include "core/time.hpp"

#include <optional>
#include <string_view>

namespace rollcall {

/// The longest `Retry-After` that is obeyed to its end: whoever asks for more is asked again then.
inline constexpr milliseconds longest_retry_after = std::chrono::hours{1};

/// How long a `Retry-After` header (RFC 9110, 10.2.3) asks to wait, in either form: seconds, or a
/// date. A date is the provider's, so it is held against the provider's own clock, the answer's
/// `Date`; only without one against ours, `now`. Between 0 and `longest_retry_after`; nothing where
/// the header is empty or cannot be read.
std::optional<milliseconds> parse_retry_after(
    std::string_view header, std::optional<timestamp> date, timestamp now
);

}  // namespace rollcall
