#pragma once

#include <string_view>

namespace rollcall::test {

/// Gives any bytes to Recall.ai's plans as an answer and to the readers of its downloads as a file,
/// and aborts where what must hold does not: a failure stores nothing, a state is a small object
/// without links, what is asked for is on the API's host, a file gives the same rows whatever the
/// pieces it comes in, and each row is an element of it.
void expect_recall_polling_properties(std::string_view body);

}  // namespace rollcall::test
