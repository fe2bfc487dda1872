#include "app/metrics/intake_metrics.hpp"

#include <algorithm>
#include <chrono>

namespace rollcall {

void write_spool_metrics(
    metric_writer& to, const spooling_journal::status& of, std::uint64_t max_bytes, timestamp now
)
{
    const auto tell = [&to](const char* name, const char* help, std::uint64_t value) {
        to.gauge(name, help);
        to.sample(value);
    };
    tell(
        "rollcall_spool_active", "1 while Kafka is away and records go to the spool.", of.spooling
    );
    tell("rollcall_spool_records", "Records that wait in the spool.", of.waiting.records);
    tell("rollcall_spool_bytes", "Their size.", of.waiting.bytes);
    tell("rollcall_spool_max_bytes", "How much may wait: spool.max_bytes.", max_bytes);
    tell(
        "rollcall_spool_set_aside_records",
        "Records that Kafka refuses for themselves, kept for a person to look at.",
        of.waiting.set_aside
    );
    to.gauge(
        "rollcall_spool_oldest_age_seconds",
        "Since the record that waits longest was received; 0 where none waits."
    );
    const auto age =
        of.waiting.oldest ? std::max(now - *of.waiting.oldest, milliseconds{0}) : milliseconds{0};
    to.sample(std::chrono::duration<double>(age).count());
}

}  // namespace rollcall
