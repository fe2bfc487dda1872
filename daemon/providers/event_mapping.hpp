#pragma once

#include "core/event.hpp"
#include "providers/json_pointer.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rollcall {

/// How events are made of bodies that no provider's page describes: where in them the facts are.
/// The pointers go into the body, or, where the bodies are CloudEvents, into the event in its JSON
/// format, whichever mode it came in.
struct event_mapping {
    struct cloudevents_modes {
        bool structured = true;
        bool binary = false;
        bool batch = false;
    };
    std::optional<cloudevents_modes> cloudevents;  ///< absent: any JSON object

    json_pointer type;
    /// By the sender's type; nothing: of no interest, as is what does not stand here.
    std::map<std::string, std::optional<kind>, std::less<>> kinds;
    json_pointer time;
    /// What identifies an event, all together. Empty: the delivery's id, or a CloudEvent's source
    /// and id.
    std::vector<json_pointer> identity;
    std::optional<json_pointer> data;  ///< an object

    struct {
        json_pointer id;
        std::optional<json_pointer> bot_id, recording_id, session_id, title;
        std::optional<json_pointer> metadata;  ///< an object
    } meeting;

    struct {
        std::optional<json_pointer> id;  ///< absent where there are only meetings' kinds
        std::optional<json_pointer> user_id, name, email, is_host, platform;
    } participant;
};

}  // namespace rollcall
