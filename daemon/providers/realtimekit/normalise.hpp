#pragma once

#include "providers/provider.hpp"

#include <array>
#include <string_view>

namespace rollcall::realtimekit {

/// Whether webhooks of that name become events: `meeting.started`, `meeting.ended`,
/// `meeting.participantJoined` and `meeting.participantLeft`.
bool becomes_event(std::string_view name);
/// Those names.
std::array<std::string_view, 4> event_names();

/// The event of a webhook, or the events of a row that was polled (docs/providers.md). What a peer
/// does counts occurrences: which join or leave of the peer it is, is decided when its turn comes,
/// by what is known of the session.
result<normalised, fault> normalise(const intake_record& record);

}  // namespace rollcall::realtimekit
