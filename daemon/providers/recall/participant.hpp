#pragma once

#include "core/event.hpp"
#include "providers/json_tree.hpp"

#include <string_view>

namespace rollcall::recall {

/// A participant as webhooks and downloads have it; `path` is the way to it, with the dot. Only the
/// id has to be there: a whole number of 64 bits, or a string of its digits.
///
/// `user_id` is the id that is documented to be the same in another meeting: on Zoom
/// `conf_user_id`, on Teams `user_id`. Google Meet's `static_participant_id` is not known to be,
/// and stays in `extra_data`.
result<participant_facts, fault> read_participant(
    const json_tree& tree, const json_node& participant, std::string_view path
);

}  // namespace rollcall::recall
