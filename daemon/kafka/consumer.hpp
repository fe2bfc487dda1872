#pragma once

#include "kafka/connection.hpp"
#include "kafka/record.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

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

struct watermarks {
    std::int64_t low = 0;   ///< the first offset that exists
    std::int64_t high = 0;  ///< one past the last record, decided or not
};

/// Reads chosen partitions from chosen offsets without being a member of a group, for one thread.
class partition_reader {
public:
    enum class isolation { read_committed, read_uncommitted };

    /// `group` is only asked for its committed offsets, never joined. No `consumed_record` outlives
    /// its reader.
    partition_reader(const kafka_connection& connection, const std::string& group, isolation level);
    ~partition_reader();

    /// The group's *stable* committed offset (KIP-447: waits, up to `timeout`, while a transaction
    /// over it is undecided); -1 where nothing was committed. `errc::kafka_timed_out`: ask again.
    result<std::int64_t> committed(
        const std::string& topic, std::int32_t partition, milliseconds timeout
    );
    /// Whatever the reader's isolation level is, `high` covers open transactions.
    result<watermarks> query_watermarks(
        const std::string& topic, std::int32_t partition, milliseconds timeout
    );
    /// The first offset whose record's timestamp is `at` or later; the high watermark where there
    /// is none.
    result<std::int64_t> offset_at(
        const std::string& topic, std::int32_t partition, timestamp at, milliseconds timeout
    );
    result<std::int32_t> partition_count(const std::string& topic, milliseconds timeout);

    /// Replaces what is read. Each position's offset, which is a real one, is the first to come.
    error_code assign(std::span<const topic_partition> positions);
    /// An `end_of_partition` comes each time the end is reached, so again after it has moved.
    polled poll(milliseconds timeout);

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace rollcall
