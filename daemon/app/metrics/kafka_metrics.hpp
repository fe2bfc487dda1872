#pragma once

#include "kafka/statistics.hpp"
#include "ops/metrics.hpp"

namespace rollcall {

/// librdkafka's own figures (`rollcall_kafka_*`), by client: `producer` is the intake's, `consumer`
/// the relay's.
void write_kafka_metrics(metric_writer& to, const client_statistics& of);

}  // namespace rollcall
