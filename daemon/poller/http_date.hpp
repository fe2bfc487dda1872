#pragma once

#include "core/time.hpp"

#include <optional>
#include <string_view>

namespace rollcall {

/// Reads an HTTP-date (RFC 9110, 5.6.7) in any of its three forms: `Sun, 06 Nov 1994 08:49:37 GMT`,
/// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`. Two digits of a year are taken
/// as 1970 to 2069. The day's name is not checked. Nothing where it is no date.
std::optional<timestamp> parse_http_date(std::string_view text);

}  // namespace rollcall
