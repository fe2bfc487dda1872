#pragma once

#include "core/event.hpp"
#include "providers/json_tree.hpp"
#include "providers/recall/identity.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rollcall::recall {

/// What a participant did, as webhooks and downloads tell it alike.
struct action {
    participant_facts who;
    moment at;
    std::optional<chat_words> said;  ///< of a message; views into the tree
    std::string data;                ///< of the event
};

/// Reads the object that has `participant`, `timestamp` and `data`; `path` is the way to it, with
/// the dot, and `what` it becomes. The fault names the member that cannot be done without.
result<action, fault> read_action(
    const json_tree& tree, const json_node& object, std::string_view path, kind what
);

/// Gives an event of that participant what it is told apart by; its meeting is set already. `name`
/// of the action: `join`.
void identify(event& made, std::string_view region, std::string_view name, const action& done);

/// The two times of a timestamp; `path` is the way to it, with the dot. Where there is no absolute
/// time the relative one has to be there.
result<moment, fault> read_moment(
    const json_tree& tree, const json_node& time, std::string_view path
);

}  // namespace rollcall::recall
