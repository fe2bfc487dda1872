#pragma once

#include "app/relay_progress.hpp"
#include "app/source_providers.hpp"
#include "core/journal.hpp"
#include "poller/poller.hpp"
#include "relay/counts.hpp"
#include "relay/relay.hpp"
#include "settings/settings.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <thread>

namespace rollcall {

/// The relay and the poller, which tell each other what there is to poll and how far it is read.
class relaying {
public:
    /// What they work with; all of it outlives them.
    struct surroundings {
        const source_providers& providers;
        std::int32_t partitions;  ///< of the intake
        journal& rows_to;
        relay_progress& told;
        /// The relay cannot go on, and so cannot the daemon. Called on the relay's thread.
        std::function<void()> on_failure;
    };

    /// Begins at once. Throws what their making throws.
    relaying(const settings& with, surroundings around);

    /// With the flow: no more requests, then the transaction under way is finished. False where the
    /// relay had failed before.
    bool stop();

private:
    void run(const std::stop_token& stop);

    surroundings around_;
    relay_counts counts_;
    relay relay_;
    poller poller_;
    bool failure_ = false;  // read after the join
    std::jthread thread_;
};

}  // namespace rollcall
