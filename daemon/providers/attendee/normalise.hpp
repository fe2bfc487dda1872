#pragma once

#include "providers/provider.hpp"

namespace rollcall::attendee {

/// The events of one webhook or one polled row (`record.item` tells which), or the name of what it
/// was. Joins, leaves, speech, chat and the start and the end of a meeting become events, with the
/// same identity whichever way they came; other triggers, event types and states are ignored, known
/// or not. Unknown members, nulls and empty strings are no faults, a member that an event
/// cannot do without is: its path and `errc::missing_field`, `wrong_type` or `bad_time`. A body
/// that is not one Attendee could have sent fails as `json_tree::parse` does.
result<normalised, fault> normalise(const intake_record& record);

}  // namespace rollcall::attendee
