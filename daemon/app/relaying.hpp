#pragma once

#include "app/current_poller.hpp"
#include "app/current_privacy.hpp"
#include "app/relay_progress.hpp"
#include "app/source_providers.hpp"
#include "core/journal.hpp"
#include "poller/poller.hpp"
#include "relay/counts.hpp"
#include "relay/relay.hpp"
#include "settings/settings.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

namespace rollcall {

/// The relay and the poller, which tell each other what there is to poll and how far it is read.
class relaying {
public:
    /// What they work with; all of it outlives them.
    struct surroundings {
        const current_providers& providers;
        const current_privacy& privacy;
        std::int32_t partitions;  ///< of the intake
        journal& rows_to;
        relay_progress& told;
        relay_counts& counts;
        current_poller& polls;  ///< told who polls
        std::shared_ptr<client_statistics> statistics;
        /// The relay cannot go on, and so cannot the daemon. Called on the relay's thread.
        std::function<void()> on_failure;
    };

    /// Begins at once. Throws what their making throws.
    relaying(
        const settings& with, std::shared_ptr<const source_providers> providers, surroundings around
    );

    /// Other sources are polled, or otherwise: their meetings are taken up by another poller where
    /// the former one was. Throws what its making throws, and then nothing has changed. One thread,
    /// as `stop`.
    void change(const settings& to, std::shared_ptr<const source_providers> providers);

    /// With the flow: no more requests, then the transaction under way is finished. False where the
    /// relay had failed before.
    bool stop();

private:
    /// A poller, and what its sources point into.
    struct polling {
        std::shared_ptr<const source_providers> providers;
        poller polls;
    };
    std::shared_ptr<polling> make_polling(
        const settings& with, std::shared_ptr<const source_providers> providers
    );
    std::shared_ptr<polling> now_polling() const;
    void show(const std::shared_ptr<polling>& now) const;
    tracking_follower* go_on_with(const std::shared_ptr<polling>& next);
    void run(const std::stop_token& stop);

    surroundings around_;
    relay relay_;
    mutable std::mutex mutex_;
    std::shared_ptr<polling> polling_;  // the relay's thread replaces it
    bool failure_ = false;              // read after the join
    std::jthread thread_;
};

}  // namespace rollcall
