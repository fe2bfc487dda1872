#pragma once

#include "core/time.hpp"

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

/// The longest `rollcall health --timeout`.
inline constexpr milliseconds longest_health_timeout{std::chrono::hours{1}};

/// What `rollcall health` asks.
struct health_options {
    bool live = false;            ///< whether it answers at all, not whether it is ready
    milliseconds timeout{3'000};  ///< from the start to the end of the answer
};

/// Where the daemon that listens on `ops_address` is asked from its own machine: on loopback if it
/// listens on all interfaces. Nothing where the system chose the port.
std::optional<std::string> health_url(std::string_view ops_address);

/// `rollcall health`: asks `/readyz`, or `/livez`, and prints the line that is answered, or why
/// there is none. `exit_done` for a 200; `exit_failed` for anything else, also when nothing has
/// come within the timeout (a daemon that is stopped takes connections all the same: its kernel
/// does).
int run_health(const std::string& ops_address, const health_options& asked, std::ostream& out);

}  // namespace rollcall
