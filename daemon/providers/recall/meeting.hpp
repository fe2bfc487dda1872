#pragma once

#include "core/event.hpp"
#include "providers/json_tree.hpp"

#include <string_view>

namespace rollcall::recall {

/// The meeting is the recording: `recording` is the object with its `id`, `bot` the one with the
/// bot's, which may be missing (null). `path` is the way to the recording, with the dot. The
/// metadata is what was set on the bot and on the recording for whoever receives its webhooks; the
/// recording's value of a key counts, unless it is null.
result<meeting_facts, fault> read_meeting(
    const json_tree& tree, const json_node& recording, const json_node* bot, std::string_view path
);

}  // namespace rollcall::recall
