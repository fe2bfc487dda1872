#pragma once

#include "kafka/connection.hpp"
#include "kafka/record.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/system_executor.hpp>

#include <memory>

namespace rollcall {

/// Where a record came to stand.
struct delivery {
    std::int32_t partition = any_partition;
    std::int64_t offset = -1;
};

/// An idempotent producer with `acks=all`, for many threads. A fatal error inside librdkafka is
/// healed by a new instance behind the same object; what was in flight is reported as failed.
class producer {
public:
    struct options {
        milliseconds timeout{2000};  ///< from the hand-over to the report, retries included
        std::size_t max_in_flight = 100'000;  ///< records; beyond it, `errc::overloaded` at once
        milliseconds linger{0};
    };

    producer(kafka_connection connection, options how);
    ~producer();  ///< waits up to `timeout` for what is in flight

    /// Asks for the topic's metadata, so that the first record does not wait for it (up to 1 s in
    /// librdkafka).
    error_code warm_up(const std::string& topic, milliseconds timeout);

    /// Completes once, on the handler's associated executor: without an error when all in-sync
    /// replicas have the record; with `errc::overloaded`, `errc::kafka_timed_out`,
    /// `errc::kafka_retriable` (the cluster would take no record: the topic is missing, or the user
    /// may not write to it), `errc::kafka_rejected` (it takes others, but not this one: too large),
    /// `errc::kafka_fatal` or `errc::stopped` when they may not. There is no cancelling: after the
    /// hand-over only `timeout` bounds the wait, kept to the millisecond (librdkafka itself looks
    /// for what is overdue once a second; such a record may still be stored after its handler was
    /// told `kafka_timed_out`). Handlers that finish together run one after the other from one
    /// wake-up of their executor. Any thread.
    template <boost::asio::completion_token_for<void(error_code, delivery)> Token>
    auto async_produce(const outgoing_record& record, Token&& token)
    {
        auto start = [this, &record](auto handler) {
            const boost::asio::any_io_executor executor =
                boost::asio::get_associated_executor(handler, boost::asio::system_executor{});
            hand_over(record, pending_handler{std::move(handler)}, executor);
        };
        return boost::asio::async_initiate<Token, void(error_code, delivery)>(start, token);
    }

private:
    using pending_handler = boost::asio::any_completion_handler<void(error_code, delivery)>;
    void hand_over(
        const outgoing_record& record,
        pending_handler handler,
        const boost::asio::any_io_executor& executor
    );

    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace rollcall
