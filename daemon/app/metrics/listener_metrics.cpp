#include "app/metrics/listener_metrics.hpp"

#include <array>

namespace rollcall {
namespace {

using counters_by_source = std::map<std::string, const source_counters*>;

struct told_counter {
    const char* name;
    source_counters::counter source_counters::*which;
    const char* help;
};

constexpr std::array counters{
    told_counter{
        "rollcall_webhooks_received_total",
        &source_counters::received,
        "Requests to a source's hook: verified, rejected, or a permitted handshake."},
    told_counter{
        "rollcall_webhooks_permitted_total",
        &source_counters::permitted,
        "OPTIONS requests of the validation handshake that were told yes."},
    told_counter{
        "rollcall_webhooks_verified_total",
        &source_counters::verified,
        "Authentic webhooks: stored, failed or ignored."},
    told_counter{
        "rollcall_webhooks_stored_total",
        &source_counters::stored,
        "Authentic webhooks that the journal holds, answered 2xx."},
    told_counter{
        "rollcall_webhooks_failed_total",
        &source_counters::failed,
        "Authentic webhooks that could not be stored, answered 503."},
    told_counter{
        "rollcall_webhooks_ignored_total",
        &source_counters::ignored,
        "Authentic webhooks of which nothing can be made, answered 2xx and not stored."},
    told_counter{
        "rollcall_webhooks_unroutable_total",
        &source_counters::unroutable,
        "Authentic webhooks whose meeting cannot be told: stored for the dead letters."},
    told_counter{
        "rollcall_webhook_records_total",
        &source_counters::records,
        "Intake records that webhooks became; one webhook may be several."},
};

struct told_reason {
    const char* reason;
    source_counters::counter source_counters::*which;
};

constexpr std::array reasons{
    told_reason{"method", &source_counters::wrong_method},
    told_reason{"content_type", &source_counters::wrong_type},
    told_reason{"empty_body", &source_counters::empty_body},
    told_reason{"signature_missing", &source_counters::missing_signature},
    told_reason{"signature", &source_counters::bad_signature},
    told_reason{"signature_stale", &source_counters::stale_signature},
    told_reason{"token", &source_counters::bad_token},
    told_reason{"key_unavailable", &source_counters::undecided},
    told_reason{"uncheckable", &source_counters::uncheckable},
};

void write_rejections(metric_writer& to, const counters_by_source& all)
{
    to.counter(
        "rollcall_webhooks_rejected_total",
        "Requests that were not taken for an authentic webhook, by reason."
    );
    for (const auto& [source, counted] : all)
        for (const auto& [reason, which] : reasons)
            to.sample((counted->*which).load(), {{"source", source}, {"reason", reason}});
}

void write_times(metric_writer& to, const counters_by_source& all)
{
    to.histogram(
        "rollcall_webhook_answer_seconds", "From a whole request to its answer, whatever that says."
    );
    for (const auto& [source, counted] : all)
        to.sample(counted->answer, {{"source", source}});
    to.histogram(
        "rollcall_webhook_journal_seconds",
        "How long an authentic webhook took to be stored, or to fail."
    );
    for (const auto& [source, counted] : all)
        to.sample(counted->journal, {{"source", source}});
}

}  // namespace

// What is counted last is read first, so that a scrape never tells of more outcomes than requests.
void write_listener_metrics(metric_writer& to, const webhook_listener& of)
{
    const auto all = of.all_counters();
    write_times(to, all);
    write_rejections(to, all);
    for (auto told = counters.rbegin(); told != counters.rend(); ++told) {
        to.counter(told->name, told->help);
        for (const auto& [source, counted] : all)
            to.sample((counted->*(told->which)).load(), {{"source", source}});
    }
}

void write_connection_metrics(metric_writer& to, const http::statistics& of)
{
    to.gauge("rollcall_http_connections", "Connections that are open.");
    to.sample(static_cast<std::uint64_t>(of.open.load()));
    const auto tell = [&to](const char* name, const char* help, const auto& value) {
        to.counter(name, help);
        to.sample(value.load());
    };
    tell("rollcall_http_connections_accepted_total", "Connections.", of.accepted);
    tell(
        "rollcall_http_connections_refused_total",
        "Connections beyond limits.connections.",
        of.turned_away
    );
    tell(
        "rollcall_http_accept_failures_total",
        "Connections that could not be accepted: descriptors or memory ran out.",
        of.accept_failures
    );
    tell(
        "rollcall_http_handshakes_total", "TLS handshakes that came to an agreement.", of.handshakes
    );
    tell(
        "rollcall_http_handshake_failures_total",
        "TLS handshakes without an agreement, too slow, or by who speaks no TLS.",
        of.failed_handshakes
    );
    tell("rollcall_http_requests_total", "Whole requests.", of.requests);
    tell(
        "rollcall_http_requests_refused_total",
        "Requests that were malformed, too large or too slow, and are in no other counter.",
        of.refused
    );
    tell(
        "rollcall_http_connections_cut_total",
        "Connections closed on a client that did not take its answer.",
        of.cut
    );
}

}  // namespace rollcall
