#pragma once

#include "simulator/dialect.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rollcall::simulator {

/// `2026-08-14T09:00:03.771902`, with `between` in place of the T: no fraction where it is zero,
/// else six digits, as Python prints a datetime.
std::string python_datetime(stamp at, char between = 'T');

/// Reads `2026-08-14T09:00:03.771902Z`: T or a space, up to six fraction digits or none, `Z`, an
/// offset as `+02:00`, or nothing for UTC. Nothing for anything else.
std::optional<stamp> parse_datetime(std::string_view text);

/// `Fri, 14 Aug 2026 09:00:03 GMT`, as HTTP has dates (RFC 9110, section 5.6.7).
std::string http_date(instant at);

}  // namespace rollcall::simulator
