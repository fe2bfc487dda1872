#pragma once

#include "kafka/connection.hpp"
#include "kafka/record.hpp"

#include <memory>
#include <span>
#include <string>

namespace rollcall {

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
