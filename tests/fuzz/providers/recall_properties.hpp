#pragma once

#include <string_view>

namespace rollcall::test {

/// Gives any bytes to everything in Recall.ai's folder that reads bytes from outside, and aborts
/// where two answers that must agree do not: the meeting of the route and that of the events, the
/// events of a body and those of the same JSON written compactly, what is read twice.
void expect_recall_properties(std::string_view body);

}  // namespace rollcall::test
