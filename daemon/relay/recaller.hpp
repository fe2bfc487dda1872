#pragma once

#include "core/log.hpp"
#include "kafka/connection.hpp"
#include "kafka/partition_reader.hpp"
#include "relay/roll.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace rollcall {

/// Reads everything that was ever published of one meeting, for a sweep that a person has asked
/// for: the ledger knows the deduplication window only. On a thread of its own; reads the
/// partition's output topics whole.
class recaller {
public:
    struct options {
        std::string group;
        std::array<std::string, channels> output_topics;
    };
    struct wanted {
        std::int32_t partition = -1;
        std::uint64_t ticket = 0;
        std::string source;
        std::string meeting;
    };
    struct recalled {
        wanted what;
        recalled_meeting all;
    };

    recaller(kafka_connection connection, options how);
    ~recaller();  ///< gives up what is under way

    /// Tried until it succeeds. Any thread.
    void request(wanted what);
    /// What has been finished since the last call. Any thread.
    std::vector<recalled> take_finished();

private:
    void run(const std::stop_token& stop);
    result<recalled_meeting> read(
        partition_reader& reader, const wanted& what, const std::stop_token& stop
    );
    error_code read_topic(
        partition_reader& reader,
        const std::string& topic,
        const wanted& what,
        recalled_meeting& into,
        const std::stop_token& stop
    );
    static void take(const consumed_record& record, const wanted& what, recalled_meeting& into);

    kafka_connection connection_;
    options how_;
    stage_log log_{"recall"};

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<wanted> waiting_;
    std::vector<recalled> finished_;
    std::jthread thread_;
};

}  // namespace rollcall
