#include "app/metrics/relay_metrics.hpp"

#include "core/event.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <string>

namespace rollcall {
namespace {

using accounts = std::map<std::string, relay_books::account>;

struct told_end {
    const char* name;
    relay_count which;
};

constexpr std::array record_ends{
    told_end{"used", relay_count::records_used},
    told_end{"ignored", relay_count::records_ignored},
    told_end{"notice", relay_count::records_notices},
    told_end{"postponed", relay_count::records_postponed},
    told_end{"moved", relay_count::records_moved},
    told_end{"unusable", relay_count::records_unusable},
    told_end{"given_up", relay_count::records_given_up},
    told_end{"returned", relay_count::records_returned},
};

constexpr std::array event_ends{
    told_end{"superseded", relay_count::superseded},
    told_end{"beyond_window", relay_count::beyond_window},
    told_end{"beyond_window_polled", relay_count::beyond_polled},
    told_end{"read_again", relay_count::read_again},
    told_end{"returned", relay_count::returned},
};

constexpr std::array ways{way::webhook, way::poll, way::download, way::derived};
constexpr std::array came_by{way::webhook, way::poll, way::download};

std::string text(way w)
{
    return std::string{to_string(w)};
}

// One counter, a sample a source.
void write_count(
    metric_writer& to, const accounts& all, const char* name, const char* help, relay_count which
)
{
    to.counter(name, help);
    for (const auto& [source, account] : all)
        to.sample(account.counted[which], {{"source", source}});
}

void write_records(metric_writer& to, const accounts& all)
{
    write_count(
        to,
        all,
        "rollcall_relay_records_total",
        "Intake records read for the first time by this process.",
        relay_count::records
    );
    to.counter(
        "rollcall_relay_record_outcomes_total", "What became of the intake records that were read."
    );
    for (const auto& [source, account] : all)
        for (const auto& [outcome, which] : record_ends)
            to.sample(account.counted[which], {{"source", source}, {"outcome", outcome}});
    to.gauge(
        "rollcall_relay_records_waiting",
        "Intake records that wait until the provider has told their meeting's key."
    );
    for (const auto& [source, account] : all)
        to.sample(account.waiting, {{"source", source}});
    write_count(
        to,
        all,
        "rollcall_relay_records_read_again_total",
        "Intake records read again after an aborted transaction.",
        relay_count::records_again
    );
    write_count(
        to,
        all,
        "rollcall_relay_facts_left_out_total",
        "Facts of records that no event was made of: of an unknown kind, or without a time.",
        relay_count::left_out
    );
}

void write_duplicates(metric_writer& to, const accounts& all)
{
    to.counter(
        "rollcall_events_duplicate_total",
        "Events that were known already, by the way of the first copy and that of the later one."
    );
    for (const auto& [source, account] : all)
        for (const auto first : came_by)
            for (const auto later : came_by)
                to.sample(
                    account.counted.duplicates(first, later),
                    {{"source", source}, {"first", text(first)}, {"later", text(later)}}
                );
}

void write_events(metric_writer& to, const accounts& all)
{
    write_count(
        to,
        all,
        "rollcall_events_total",
        "Events that records told of, offered to the ledger.",
        relay_count::events
    );
    write_duplicates(to, all);
    to.counter(
        "rollcall_events_dropped_total",
        "Events that were neither published nor duplicates, by what became of them."
    );
    for (const auto& [source, account] : all)
        for (const auto& [outcome, which] : event_ends)
            to.sample(account.counted[which], {{"source", source}, {"outcome", outcome}});
    to.gauge("rollcall_events_held", "Events that wait for their turn.");
    for (const auto& [source, account] : all)
        to.sample(account.held, {{"source", source}});
}

void write_messages(metric_writer& to, const accounts& all)
{
    to.counter(
        "rollcall_messages_published_total",
        "Messages in committed transactions, by the way their first copy came."
    );
    for (const auto& [source, account] : all)
        for (const auto via : ways)
            to.sample(account.counted[published_by(via)], {{"source", source}, {"via", text(via)}});
    write_count(
        to,
        all,
        "rollcall_messages_late_total",
        "Messages that were published and marked late.",
        relay_count::late
    );
    write_count(
        to,
        all,
        "rollcall_meetings_settled_total",
        "Meetings that have settled.",
        relay_count::settled
    );
    write_count(
        to,
        all,
        "rollcall_dead_letters_total",
        "Records in the dead-letter topic, by committed transactions.",
        relay_count::dead_letters
    );
}

// What the equations of relay/tally.hpp leave over.
void write_balance(metric_writer& to, const accounts& all)
{
    to.gauge(
        "rollcall_books_imbalance",
        "Records and events of which it is not known what became of them. Always 0."
    );
    for (const auto& [source, account] : all) {
        const auto told = [&](const char* of, std::int64_t missing) {
            to.sample(static_cast<double>(missing), {{"source", source}, {"of", of}});
        };
        told("records", account.missing_records());
        told("events", account.missing_events());
    }
}

void write_times(metric_writer& to, const relay_counts& of)
{
    const auto all = of.all_times();
    to.histogram(
        "rollcall_end_to_end_seconds", "From the receipt of a webhook to the commit of its message."
    );
    for (const auto& [source, times] : all)
        to.sample(times->end_to_end, {{"source", source}});
    to.histogram("rollcall_hold_seconds", "How long events were held that waited for their turn.");
    for (const auto& [source, times] : all)
        to.sample(times->hold, {{"source", source}});
}

const char* text(reaction to)
{
    switch (to) {
        case reaction::none:
            return "none";
        case reaction::retry:
            return "retriable";
        case reaction::abort:
            return "abortable";
        case reaction::reject:
            return "rejected";
        case reaction::renew:
            return "indefinite";
        case reaction::fatal:
            return "fatal";
    }
    return "fatal";
}

}  // namespace

void write_book_metrics(metric_writer& to, const relay_counts& of)
{
    const auto all = of.books.read();
    write_records(to, all);
    write_events(to, all);
    write_messages(to, all);
    write_balance(to, all);
    write_times(to, of);
}

void write_transaction_metrics(metric_writer& to, const relay_counts& of)
{
    const auto tell = [&to](const char* name, const char* help, const relay_counts::count& value) {
        to.counter(name, help);
        to.sample(value.load());
    };
    tell("rollcall_transactions_committed_total", "Kafka transactions.", of.transactions);
    to.counter("rollcall_transactions_failed_total", "Kafka transactions, by the error's class.");
    for (const auto class_of :
         {reaction::retry, reaction::abort, reaction::reject, reaction::renew, reaction::fatal})
        to.sample(
            of.failures[static_cast<std::size_t>(class_of)].load(), {{"class", text(class_of)}}
        );
    tell("rollcall_transactions_aborted_total", "Transactions that were undone.", of.aborts);
    tell(
        "rollcall_producer_renewals_total",
        "Producers replaced because the outcome of a transaction was not known.",
        of.renewals
    );
    tell("rollcall_partitions_restored_total", "Ledgers restored from Kafka.", of.restored);
    tell(
        "rollcall_tracking_records_total",
        "What is polled here, written to the tracking topic.",
        of.tracked
    );
}

void write_partition_metrics(metric_writer& to, const relay_state& now)
{
    const auto tell = [&](const char* name, const char* help, std::uint64_t partition_state::*which
                      ) {
        to.gauge(name, help);
        for (const auto& [partition, state] : now.partitions)
            to.sample(state.*which, {{"partition", std::to_string(partition)}});
    };
    to.gauge("rollcall_relay_partitions", "Partitions of the intake that are ours.");
    to.sample(static_cast<std::uint64_t>(now.active), {{"state", "active"}});
    to.sample(static_cast<std::uint64_t>(now.restoring), {{"state", "restoring"}});
    to.gauge(
        "rollcall_restore_progress_ratio", "How far the restores under way are; 1 where none is."
    );
    const auto& restore = now.restore;
    to.sample(
        now.restoring == 0 ? 1.0
        : restore.to_read == 0
            ? 0.0
            : std::min(
                  1.0, static_cast<double>(restore.read) / static_cast<double>(restore.to_read)
              )
    );
    tell(
        "rollcall_relay_lag_records",
        "Intake records that have not been read yet.",
        &partition_state::unread
    );
    tell(
        "rollcall_relay_uncommitted_records",
        "Intake records that are not committed: not read, or held.",
        &partition_state::uncommitted
    );
    tell(
        "rollcall_ledger_identities",
        "Events that the ledger remembers.",
        &partition_state::identities
    );
    tell("rollcall_ledger_meetings", "Meetings it remembers.", &partition_state::meetings);
    tell(
        "rollcall_ledger_bytes",
        "Its memory, without the details of meetings that have not settled.",
        &partition_state::ledger_bytes
    );
}

void write_audit_metrics(metric_writer& to, const relay_counts& of)
{
    const std::lock_guard lock{of.keys};
    to.counter(
        "rollcall_audit_events_total",
        "Events of settled meetings of polled sources, by which way told them first or alone."
    );
    for (const auto& [source, told] : of.merged) {
        const auto tell = [&, &name = source](const char* by, const relay_counts::count& value) {
            to.sample(value.load(), {{"source", name}, {"told", by}});
        };
        tell("webhook_first", told.webhook_first);
        tell("poll_first", told.poll_first);
        tell("webhook_only", told.webhook_only);
        tell("poll_only", told.poll_only);
    }
    to.counter("rollcall_audit_downloads_total", "Downloads that were held against webhooks.");
    for (const auto& [source, told] : of.downloaded) {
        to.sample(told.audited.load(), {{"source", source}, {"outcome", "audited"}});
        to.sample(told.too_large.load(), {{"source", source}, {"outcome", "too_large"}});
    }
    to.counter(
        "rollcall_audit_download_rows_total",
        "Rows of those downloads, and webhooks that no row tells of."
    );
    for (const auto& [source, told] : of.downloaded) {
        const auto tell = [&, &name = source](const char* is, const relay_counts::count& value) {
            to.sample(value.load(), {{"source", name}, {"told", is}});
        };
        tell("exact", told.exact);
        tell("matched", told.matched);
        tell("webhook_only", told.webhook_only);
        tell("download_only", told.download_only);
        tell("undecided", told.undecided);
    }
}

}  // namespace rollcall
