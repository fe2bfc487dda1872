#pragma once

#include "providers/provider.hpp"

#include <memory>
#include <string>

namespace rollcall::test {

inline json_pointer at(const std::string& text)
{
    return *json_pointer::parse(text);
}

/// The mapping of the recorded bodies `webhook_*.json`.
inline event_mapping rooms_mapping()
{
    event_mapping by;
    by.type = at("/type");
    by.kinds = {
        {"participant.joined", kind::participant_joined},
        {"participant.left", kind::participant_left},
        {"meeting.started", kind::meeting_started},
        {"meeting.ended", kind::meeting_ended},
        {"meeting.moved", std::nullopt},
    };
    by.time = at("/timestamp");
    by.data = at("/data");
    by.meeting.id = at("/data/session_id");
    by.meeting.title = at("/data/title");
    by.participant.id = at("/data/participant/connection_id");
    by.participant.user_id = at("/data/participant/id");
    by.participant.name = at("/data/participant/name");
    by.participant.email = at("/data/participant/email");
    return by;
}

/// The mapping of the recorded CloudEvents.
inline event_mapping cloudevents_mapping()
{
    event_mapping by;
    by.cloudevents = event_mapping::cloudevents_modes{true, true, true};
    by.type = at("/type");
    by.kinds = {
        {"com.example.meetings.participant.joined.v1", kind::participant_joined},
        {"com.example.meetings.participant.left.v1", kind::participant_left},
    };
    by.time = at("/time");
    by.meeting.id = at("/data/session_id");
    by.meeting.session_id = at("/partitionkey");
    by.participant.id = at("/data/participant/peer_id");
    by.participant.user_id = at("/data/participant/custom_id");
    by.participant.name = at("/data/participant/name");
    return by;
}

inline std::unique_ptr<const provider> generic_provider(event_mapping by)
{
    source_options options;
    options.mapping = std::move(by);
    return make_provider("standard_webhooks", options);
}

}  // namespace rollcall::test
