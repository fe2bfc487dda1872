#pragma once

#include <string_view>

namespace rollcall::test {

/// Gives any bytes to everything in Attendee's folder that reads bytes from outside, and aborts
/// where two answers that must agree do not: the canonical form of a canonical form, another
/// parser's opinion, the events of a body and those of its canonical form, the meeting of the route
/// and that of the events.
void expect_attendee_properties(std::string_view body);

}  // namespace rollcall::test
