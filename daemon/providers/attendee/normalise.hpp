#pragma once

#include "providers/provider.hpp"

namespace rollcall::attendee {

/// The event of one webhook, or the name of what it was. Joins, leaves, speech, chat and the start
/// and the end of a meeting become events; other triggers, event types and states are ignored,
/// known or not. Unknown members, nulls and empty strings are no faults, a member that an event
/// cannot do without is: its path and `errc::missing_field`, `wrong_type` or `bad_time`. A body
/// that is not one Attendee could have sent fails as `json_tree::parse` does.
result<normalised, fault> normalise(const intake_record& record);

}  // namespace rollcall::attendee
