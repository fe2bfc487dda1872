#include "app/metrics/kafka_metrics.hpp"

namespace rollcall {

void write_kafka_metrics(metric_writer& to, const client_statistics& of)
{
    const auto all = of.read();
    const auto tell = [&](const char* name, const char* help, auto client_figures::*which) {
        to.gauge(name, help);
        for (const auto& [client, figures] : all)
            to.sample(figures.*which, {{"client", client}});
    };
    tell(
        "rollcall_kafka_queued_messages",
        "Records that librdkafka has and no broker has acknowledged.",
        &client_figures::queued_messages
    );
    tell("rollcall_kafka_queued_bytes", "Their size.", &client_figures::queued_bytes);
    tell("rollcall_kafka_brokers_up", "Connections to brokers.", &client_figures::brokers_up);
    tell(
        "rollcall_kafka_round_trip_seconds",
        "To the slowest broker and back, 99th percentile of five seconds.",
        &client_figures::round_trip_seconds
    );
    tell(
        "rollcall_kafka_throttled_seconds",
        "The longest that a broker has throttled a request, of five seconds.",
        &client_figures::throttled_seconds
    );
    to.counter(
        "rollcall_kafka_request_timeouts_total", "Requests to brokers without an answer in time."
    );
    for (const auto& [client, figures] : all)
        to.sample(figures.timed_out_requests, {{"client", client}});
}

}  // namespace rollcall
