#pragma once

#include "settings/settings.hpp"

#include <string>
#include <vector>

namespace rollcall {

/// What a reload comes to.
struct reload_plan {
    settings next;  ///< what is in force afterwards
    /// Paths of settings that have changed and stay as they are until a restart.
    std::vector<std::string> fixed;
};

/// What of `wanted` can take the place of what is in force now. Sources, limits, the listeners'
/// TLS, the log and the time for stopping can; what the Kafka clients, the ledgers and the sockets
/// were made with cannot.
reload_plan plan_reload(const settings& now, settings wanted);

/// Whether the poller has to be told: sources that are polled came, went or changed. Their secrets
/// are none of its business.
bool polls_differ(const settings& now, const settings& next);

}  // namespace rollcall
