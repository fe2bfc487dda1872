#pragma once

#include "kafka/connection.hpp"
#include "kafka/record.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace rollcall {

/// Told about the group's decisions, on the thread that polls, inside `poll`.
class rebalance_listener {
public:
    virtual ~rebalance_listener() = default;
    /// The partitions are ours from now on. They are paused: nothing comes from them before `seek`
    /// and `resume`.
    virtual void on_assigned(std::span<const topic_partition> partitions) = 0;
    /// The partitions go to somebody else as soon as this returns: finish or abort what stands on
    /// them.
    virtual void on_revoked(std::span<const topic_partition> partitions) = 0;
    /// The partitions are somebody else's already (session time-out): nothing may be committed for
    /// them.
    virtual void on_lost(std::span<const topic_partition> partitions) = 0;
};

/// A member of a consumer group over one topic: `read_committed`, cooperative-sticky, no auto
/// commit, for one thread.
class group_consumer {
public:
    struct options {
        std::string group;
        std::string topic;
        milliseconds session_timeout{10'000};
        milliseconds max_poll_interval{300'000};
        milliseconds close_timeout{5'000};  ///< how long `close` waits for a broker to take note
    };

    /// Subscribes at once. `listener` outlives the consumer, and no `consumed_record` of it does.
    /// Throws `std::runtime_error` where librdkafka refuses the properties.
    group_consumer(
        const kafka_connection& connection, const options& how, rebalance_listener& listener
    );
    ~group_consumer();

    /// Calls the listener where the group has decided something; its exceptions come out here. An
    /// error is `errc::kafka_retriable` (go on polling), `kafka_rejected` (not allowed to read),
    /// `kafka_fenced` or `kafka_fatal` (this object is finished).
    polled poll(milliseconds timeout);

    /// The next record of the partition will be the one at `offset`, or the first after it that
    /// exists; what is buffered is dropped. In any state of an assigned partition, paused or not;
    /// `errc::kafka_retriable` where it is not assigned, or librdkafka is not ready for it within 5
    /// s.
    error_code seek(std::int32_t partition, std::int64_t offset);
    /// The partition's end as the last fetch has told it; nothing before that. Asks nobody.
    std::optional<std::int64_t> known_end(std::int32_t partition) const;
    error_code pause(std::int32_t partition);
    error_code resume(std::int32_t partition);

    /// Leaves the group, so that the others need not wait for the session time-out. `on_revoked` is
    /// called inside. Returns after `close_timeout` at the latest (and the time the listener
    /// takes), also while Kafka is away. Nothing may be polled afterwards.
    void close();

    /// The native `rd_kafka_t*`, for `transactional_producer::send_offsets` (kafka/ only).
    void* native() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace rollcall
