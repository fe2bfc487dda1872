#pragma once

#include "ops/metrics.hpp"
#include "poller/counts.hpp"
#include "poller/source_state.hpp"

#include <vector>

namespace rollcall {

/// How the polling of one source stands, and what it has counted.
struct polled_view {
    source_state now;
    const poll_counts* counted = nullptr;
};

/// What asking the providers comes to, by source (`rollcall_poll_*`).
void write_poller_metrics(metric_writer& to, const std::vector<polled_view>& all);

}  // namespace rollcall
