#pragma once

#include "ops/metrics.hpp"
#include "relay/counts.hpp"
#include "relay/relay.hpp"

namespace rollcall {

/// What became of the records and events of each source (`rollcall_relay_*`, `rollcall_events_*`,
/// `rollcall_messages_*`), and how long that took. The books of one scrape balance.
void write_book_metrics(metric_writer& to, const relay_counts& of);

/// Transactions, restores, and what is polled.
void write_transaction_metrics(metric_writer& to, const relay_counts& of);

/// How far the relay is in each partition, and how large its ledger.
void write_partition_metrics(metric_writer& to, const relay_state& now);

/// What webhooks alone, or polls alone, would have lost.
void write_audit_metrics(metric_writer& to, const relay_counts& of);

}  // namespace rollcall
