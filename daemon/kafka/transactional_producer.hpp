#pragma once

#include "kafka/connection.hpp"
#include "kafka/record.hpp"

#include <memory>
#include <span>
#include <string>

namespace rollcall {

class group_consumer;

/// One transactional producer (KIP-98, KIP-447), for one thread. Every call blocks at most for its
/// time-out.
///
/// Errors come by class: `kafka_retriable` (the same call again), `kafka_abortable` (call `abort`),
/// `kafka_fenced` and `kafka_fatal` (this object is finished: make a new one), `kafka_timed_out`
/// (the outcome is unknown: make a new one and `init` it before anything else; librdkafka has no
/// KIP-890). Retriable errors are retried inside, until the time-out.
class transactional_producer {
public:
    /// `transaction_timeout` is when the broker aborts what a dead producer left open.
    transactional_producer(
        const kafka_connection& connection,
        const std::string& transactional_id,
        milliseconds transaction_timeout
    );
    /// Does not abort: the broker does, or the next `init` with the same id.
    ~transactional_producer();

    error_code init(milliseconds timeout);
    error_code warm_up(const std::string& topic, milliseconds timeout);
    error_code begin();
    /// Queues a record; a full queue is waited for inside, at most for the transaction's time-out.
    /// A record that can never be sent (too large, no such topic or partition) is `kafka_rejected`,
    /// and the transaction is still good. One that is refused later makes `commit` fail with
    /// `kafka_abortable`.
    error_code produce(const outgoing_record& record);
    /// `positions`: the next offset to read of each partition. Carries the group's metadata, which
    /// fences a zombie; `kafka_abortable` where `group` is no member of its group any more.
    error_code send_offsets(
        std::span<const topic_partition> positions,
        const group_consumer& group,
        milliseconds timeout
    );
    error_code commit(milliseconds timeout);
    error_code abort(milliseconds timeout);

    /// librdkafka's words for the last error, for the log.
    const std::string& last_error() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace rollcall
