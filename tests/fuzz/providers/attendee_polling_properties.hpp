#pragma once

#include <string_view>

namespace rollcall::test {

/// Gives any bytes as an answer to what Attendee's plans ask for, at several points of their lives,
/// and aborts where one does what no answer may make it do: move before its rows were stored, ask
/// for anything but its own paths, give a row that is not in the answer, or a state that a
/// successor cannot go on from.
void expect_attendee_polling_properties(std::string_view body);

}  // namespace rollcall::test
