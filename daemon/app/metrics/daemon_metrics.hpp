#pragma once

#include "app/current_poller.hpp"
#include "app/relay_progress.hpp"
#include "http/statistics.hpp"
#include "intake/spooling_journal.hpp"
#include "kafka/statistics.hpp"
#include "listener/webhook_listener.hpp"
#include "ops/metrics.hpp"
#include "relay/counts.hpp"

#include <atomic>
#include <cstdint>
#include <functional>

namespace rollcall {

/// What became of the settings: read at the start, and again on SIGHUP. Any thread.
struct reload_counts {
    std::atomic<std::uint64_t> succeeded{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<bool> last_succeeded{true};
    std::atomic<std::int64_t> last_success_s;  ///< since the epoch; the start counts
};

/// What `/metrics` looks at. All of it outlives the page.
struct observed_parts {
    const webhook_listener& hooks;
    const http::statistics& connections;
    const relay_counts& relay;
    const relay_progress& progress;
    const current_poller& polls;
    const client_statistics& kafka;
    std::function<spooling_journal::status()> spool;
    std::uint64_t spool_max_bytes;
    const reload_counts& reloads;
    std::function<std::uint64_t()> sources;  ///< how many there are
    std::function<bool()> ready;
};

/// Adds every metric there is.
void add_daemon_metrics(metrics_page& to, observed_parts of);

}  // namespace rollcall
