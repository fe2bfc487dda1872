#pragma once

#include "intake/spooling_journal.hpp"
#include "ops/metrics.hpp"

#include <cstdint>

namespace rollcall {

/// What waits on the local disk until Kafka takes it (`rollcall_spool_*`). `max_bytes`: how much
/// may wait; 0: there is no spool.
void write_spool_metrics(
    metric_writer& to, const spooling_journal::status& of, std::uint64_t max_bytes, timestamp now
);

}  // namespace rollcall
