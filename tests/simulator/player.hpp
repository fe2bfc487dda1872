#pragma once

#include "simulator/latency.hpp"
#include "simulator/performance.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::simulator {

/// Where webhooks go: `http://host:port/path`.
struct target {
    std::string host;
    std::string port;
    std::string path;
};
/// Throws `std::invalid_argument` for what is not such a URL.
target parse_target(std::string_view url);

/// How several targets are used.
enum class spread : std::uint8_t {
    round_robin,  ///< each attempt goes to the next one
    failover,     ///< all go to one; when it cannot be connected to, to the next, within the same
                  ///< attempt
};

struct player_options {
    std::vector<target> targets;
    spread over = spread::round_robin;
    double time_scale = 1;  ///< the provider's waits and time-outs are divided by it
    bool paced = true;      ///< false: as fast as the targets answer
    bool keep_alive =
        false;  ///< connections are used again; false: a new one for each attempt, as providers do
    std::size_t connections = 0;  ///< attempts under way at a time; 0: as many as fall due
    unsigned threads = 1;
};

/// One attempt to deliver.
struct attempt {
    instant at{};         ///< when it began
    unsigned status = 0;  ///< 0: there was no answer
    std::string failure;  ///< why there was none
};

/// How a delivery went, once it is over.
struct outcome {
    std::size_t delivery = 0;       ///< index into the plan
    std::vector<attempt> attempts;  ///< none where its endpoint had been given up before
    std::string delivery_id;
    bool acknowledged = false;     ///< the last attempt was answered with 2xx
    bool endpoint_failed = false;  ///< with it the provider has given up the endpoint
    instant over{};                ///< when the last answer, or its absence, was known
};

/// Counted while it plays; read it from any thread.
struct progress {
    std::atomic<std::uint64_t> attempts{0};
    std::atomic<std::uint64_t> acknowledged{0};
    std::atomic<std::uint64_t> given_up{0};
};

struct report {
    std::uint64_t deliveries = 0;
    std::uint64_t attempts = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t given_up = 0;
    std::uint64_t longest_run = 0;  ///< of failures, of one delivery
    double seconds = 0;
    latency_histogram
        latency;  ///< of acknowledged deliveries, from when each was due to its answer

    void add(const report& other);
};

/// Sends a performance, each delivery with the provider's retries, and returns when all are over,
/// or those under way when `stop` was asked for; a wait of more than a few seconds for the next
/// attempt is then cut short, and its delivery given up. The world begins at `begin`; what was due
/// before now is sent at once.
///
/// `on_outcome` is called once for each delivery that was begun, on one of the playing threads, one
/// call at a time.
report play(
    const performance& what,
    const dialect& by,
    const player_options& options,
    std::chrono::steady_clock::time_point begin,
    const std::function<void(const outcome&)>& on_outcome,
    progress& seen,
    std::stop_token stop
);

}  // namespace rollcall::simulator
