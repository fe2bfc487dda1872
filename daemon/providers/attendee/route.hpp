#pragma once

#include "providers/provider.hpp"

#include <string_view>

namespace rollcall::attendee {

/// The meeting is the bot, or else the app session; the delivery is the `idempotency_key`, one per
/// event and subscription. Meant for bodies that have been verified: it reads up to what it needs.
/// `errc::not_json` for what is not an object, and otherwise for what `json_scanner` refuses on the
/// way.
result<routing, fault> route(std::string_view body);

}  // namespace rollcall::attendee
