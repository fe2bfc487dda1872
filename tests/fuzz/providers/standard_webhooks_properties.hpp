#pragma once

#include <string_view>

namespace rollcall::test {

/// Gives any bytes to everything that reads bytes of senders without a page: as a body of any form,
/// as a CloudEvent in each mode, as a header's value, a list of signatures, a secret and a query.
/// Aborts where two answers that must agree do not: the meeting of the route and that of the event,
/// the parts of a batch and the events in it, a text and what is decoded of its encoding.
void expect_standard_webhooks_properties(std::string_view bytes);

}  // namespace rollcall::test
