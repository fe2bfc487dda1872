#pragma once

#include "core/errors.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace rollcall {

/// An instant as every message and every record carries it: UTC, whole milliseconds.
using timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

using std::chrono::milliseconds;

/// Reads the wall clock. Only `app`, the listener and the loops call it; decisions get a time as an
/// argument.
timestamp wall_clock();

/// RFC 3339 in UTC with exactly three fraction digits, so that text sorts as the instants do:
/// `2026-08-14T09:00:03.771Z`. Years 0000 to 9999.
std::string to_rfc3339(timestamp at);

/// Reads RFC 3339 with `Z` or an offset, with or without a fraction (cut to milliseconds).
/// Anything else is `errc::bad_time`.
result<timestamp> parse_rfc3339(std::string_view text);

}  // namespace rollcall
