#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace rollcall {

/// What librdkafka last told of one of its clients.
struct client_figures {
    std::uint64_t queued_messages = 0;  ///< of a producer: not acknowledged yet
    std::uint64_t queued_bytes = 0;
    std::uint64_t brokers_up = 0;   ///< connections that stand
    double round_trip_seconds = 0;  ///< the slowest broker's, 99th percentile of the interval
    double throttled_seconds = 0;   ///< the longest that a broker has throttled, in the interval
    std::uint64_t timed_out_requests = 0;  ///< since the client began
};

/// Reads a document of librdkafka's statistics (STATISTICS.md); what is missing in it is 0.
client_figures read_statistics(std::string_view json);

/// What librdkafka tells of the clients of this process, by what they are for. A client that is
/// replaced by another begins anew. Any thread.
class client_statistics {
public:
    /// Between two documents of a client.
    static constexpr auto interval_ms = "5000";

    void take(const std::string& client, std::string_view json);
    std::map<std::string, client_figures> read() const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, client_figures> by_client_;
};

}  // namespace rollcall
