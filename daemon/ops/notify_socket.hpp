#pragma once

#include "core/errors.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall {

/// Where the service manager listens, in the protocol of sd_notify(3): one datagram of
/// `NAME=value` lines. Without libsystemd, so that the container need not have it. Never blocks:
/// what the manager has no room for is dropped. Any thread.
class notify_socket {
public:
    using assignments = std::vector<std::pair<std::string_view, std::string>>;

    /// `address` as NOTIFY_SOCKET has it: a path, or `@` and an abstract name; empty: nobody
    /// listens, and nothing is sent.
    explicit notify_socket(std::string_view address);
    ~notify_socket();
    notify_socket(const notify_socket&) = delete;
    notify_socket& operator=(const notify_socket&) = delete;

    bool anybody_listens() const { return socket_ >= 0; }
    /// A line break in a value would begin another assignment, and becomes a space.
    error_code send(const assignments& told) const;

private:
    std::string address_;  // as the kernel has it: a NUL before an abstract name
    int socket_ = -1;
};

/// CLOCK_MONOTONIC in microseconds, as RELOADING=1 has to carry it: the manager tells by it which
/// READY=1 belongs to which reload.
std::uint64_t monotonic_us();

}  // namespace rollcall
