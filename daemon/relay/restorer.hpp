#pragma once

#include "core/log.hpp"
#include "kafka/connection.hpp"
#include "kafka/partition_reader.hpp"
#include "relay/ledger.hpp"
#include "relay/tracking.hpp"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace rollcall {

/// A partition whose ledger stands, and where its intake goes on.
struct restored_partition {
    std::int32_t partition = -1;
    std::uint64_t ticket = 0;  ///< of the request
    std::unique_ptr<ledger> known;
    std::int64_t next_offset = 0;  ///< the group's stable committed offset, or the intake's first
    std::set<std::int64_t>
        published_offsets;  ///< intake offsets from `next_offset` on whose events are out already
    tracking_table tracked_in;  ///< what is polled
};

/// Rebuilds ledgers from the output topics, on threads of its own, so that the group is polled and
/// other partitions are served meanwhile. The order of design section 3, "Restore before serving":
/// the stable committed offset, then the high watermarks, then every record of the window up to
/// them; of what is tracked, every record there is.
class restorer {
public:
    struct options {
        std::string group;
        std::string intake_topic;
        std::array<std::string, channels> output_topics;
        std::string tracking_topic;  ///< empty: nothing is polled
        source_set polled;
        source_set matched;  ///< whose downloads are matched with webhooks
        milliseconds window{};
        unsigned threads =
            2;  ///< partitions are shared out among them, each with a client of its own
    };

    restorer(kafka_connection connection, options how);
    ~restorer();  ///< gives up what is under way

    /// Starts to restore partitions, by their tickets. Each is tried until it succeeds or is given
    /// up. Any thread.
    void request(const std::map<std::int32_t, std::uint64_t>& tickets);
    /// Nobody wants this partition any more. Any thread.
    void give_up(std::int32_t partition);
    /// What has been finished since the last call. Any thread.
    std::vector<restored_partition> take_finished();

    /// How far the restores under way are, in records. Any thread.
    struct progress {
        std::size_t partitions = 0;
        std::uint64_t read = 0;
        std::uint64_t to_read = 0;  ///< an upper bound: transaction markers count
    };
    progress how_far() const;

private:
    struct job;
    void run(const std::stop_token& stop);
    std::map<std::int32_t, std::uint64_t> take_waiting(const std::stop_token& stop);
    std::map<std::int32_t, job> plan(
        partition_reader& reader,
        const std::map<std::int32_t, std::uint64_t>& waiting,
        const std::stop_token& stop
    );
    result<job> plan_one(partition_reader& reader, std::int32_t partition, timestamp cutoff);
    error_code find_start(partition_reader& reader, std::int32_t partition, job& planned);
    void read(
        partition_reader& reader, std::map<std::int32_t, job>& jobs, const std::stop_token& stop
    );
    void take_record(const consumed_record& record, std::map<std::int32_t, job>& jobs);
    void take_message(const consumed_record& record, job& j);
    void take_tracked(const consumed_record& record, job& j);
    std::size_t index_of(std::string_view topic) const;
    void finish(std::int32_t partition, job done);
    bool is_wanted(std::int32_t partition, std::uint64_t ticket) const;

    kafka_connection connection_;
    options how_;
    std::vector<std::string> topics_;  // attendance, activity, and tracking where there is one
    stage_log log_{"restore"};

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<std::int32_t, std::uint64_t> wanted_;  // partition, ticket
    std::set<std::int32_t> started_;                // of wanted_, those being worked on
    std::vector<restored_partition> finished_;
    progress progress_;
    std::vector<std::jthread> threads_;
};

}  // namespace rollcall
