#pragma once

#include "bench/latencies.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::bench {

/// A POST of JSON as a provider sends it, whole.
std::string render_post(
    std::string_view path,
    const std::vector<std::pair<std::string, std::string>>& fields,
    std::string_view body
);

struct load {
    boost::asio::ip::tcp::endpoint to;
    std::span<const std::string> requests;   ///< sent in turn, over and over
    unsigned connections = 64;               ///< kept alive
    std::chrono::milliseconds warm_up{500};  ///< before it counts
    std::chrono::milliseconds time{3'000};   ///< while it counts
};

struct load_result {
    std::uint64_t accepted = 0;  ///< answers 2xx
    std::uint64_t others = 0;    ///< every other answer
    std::uint64_t sent = 0;      ///< requests, with those before it counted
    double seconds = 0;
    latencies times;  ///< of all answers
    double rate() const { return static_cast<double>(accepted) / seconds; }
};

/// Every connection sends its next request when it has its answer: how much goes through. On the
/// calling thread. Throws std::runtime_error where a connection breaks or an answer takes ten
/// seconds; so does `open_loop`.
load_result closed_loop(const load& what);

/// Requests leave at `rate` a second whatever comes back; a time counts from when its request
/// should have left, also where it had to wait for a free connection. How long it takes, without
/// leaving out what a stalled server holds up.
load_result open_loop(const load& what, double rate);

}  // namespace rollcall::bench
