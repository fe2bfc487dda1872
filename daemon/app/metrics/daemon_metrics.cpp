#include "app/metrics/daemon_metrics.hpp"

#include "app/metrics/intake_metrics.hpp"
#include "app/metrics/kafka_metrics.hpp"
#include "app/metrics/listener_metrics.hpp"
#include "app/metrics/poller_metrics.hpp"
#include "app/metrics/relay_metrics.hpp"
#include "app/version.hpp"
#include "ops/process_metrics.hpp"

#include <utility>
#include <vector>

namespace rollcall {
namespace {

void write_polling(metric_writer& to, const current_poller& by)
{
    const auto polls = by.get();
    std::vector<polled_view> all;
    for (auto& now : polls ? polls->states() : std::vector<source_state>{})
        if (const auto* const counted = polls->counts(now.source))
            all.push_back({std::move(now), counted});
    write_poller_metrics(to, all);
}

void write_settings(metric_writer& to, const observed_parts& of)
{
    to.counter("rollcall_settings_reloads_total", "Settings that were read again, by outcome.");
    to.sample(of.reloads.succeeded.load(), {{"outcome", "succeeded"}});
    to.sample(of.reloads.failed.load(), {{"outcome", "failed"}});
    to.gauge(
        "rollcall_settings_last_reload_successful",
        "0 while the settings that were read last are not in force, because they have faults."
    );
    to.sample(of.reloads.last_succeeded ? 1.0 : 0.0);
    to.gauge(
        "rollcall_settings_last_success_timestamp_seconds",
        "When the settings in force were read, since the epoch."
    );
    to.sample(static_cast<double>(of.reloads.last_success_s.load()));
    to.gauge("rollcall_sources", "Sources in the settings in force.");
    to.sample(of.sources());
    to.gauge("rollcall_ready", "1 while /readyz says 200.");
    to.sample(of.ready() ? 1.0 : 0.0);
}

}  // namespace

void add_daemon_metrics(metrics_page& to, observed_parts of)
{
    to.add([of = std::move(of)](metric_writer& page) {
        write_listener_metrics(page, of.hooks);
        write_connection_metrics(page, of.connections);
        write_spool_metrics(page, of.spool(), of.spool_max_bytes, wall_clock());
        write_book_metrics(page, of.relay);
        write_transaction_metrics(page, of.relay);
        write_partition_metrics(page, of.progress.now());
        write_audit_metrics(page, of.relay);
        write_kafka_metrics(page, of.kafka);
        write_polling(page, of.polls);
        write_settings(page, of);
        write_process_metrics(page);
        write_build_info(page, versions());
    });
}

}  // namespace rollcall
