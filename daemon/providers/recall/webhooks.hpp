#pragma once

#include "core/event.hpp"
#include "core/tracking.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace rollcall::recall {

/// What a webhook's body holds.
enum class webhook_shape : std::uint8_t {
    action,  ///< real-time: what a participant did
    state,   ///< status: a state of a recording, a bot, an artifact or an endpoint
    other,   ///< real-time, and not about who is there
};

/// What is known of one webhook.
struct webhook {
    std::string_view name;  ///< in full: the two families share prefixes
    webhook_shape shape = webhook_shape::other;
    std::optional<kind> becomes;               ///< the kind of event; absent where it becomes none
    tracking_sign sign = tracking_sign::none;  ///< what it tells of its recording
    std::string_view warning = {};             ///< what an operator should know of it
};

/// Null for a name that is not known.
const webhook* find_webhook(std::string_view name);

/// The part behind the last dot: `join`, `done`. A download names what participants did by it.
std::string_view action_of(std::string_view name);

}  // namespace rollcall::recall
