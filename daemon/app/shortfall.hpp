#pragma once

#include "intake/spooling_journal.hpp"
#include "relay/relay.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rollcall {

/// What a daemon may have to do without while it works all the same.
struct shortfall_facts {
    spooling_journal::status spooled;
    relay_state relay;
    bool ready = true;                 ///< has been, so that a restore is one after a rebalance
    std::vector<std::string> keyless;  ///< sources whose provider's key could not be had yet
    std::vector<std::string> refused;  ///< sources whose API key the provider refuses
};

/// In one line, `; ` in between: `spooling, 12 records wait (3 KiB); demo: the provider refuses the
/// API key`. Nothing where it lacks nothing.
std::optional<std::string> shortfall_text(const shortfall_facts& of);

}  // namespace rollcall
