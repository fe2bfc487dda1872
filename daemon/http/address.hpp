#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::http {

struct host_and_port {
    std::string host;  ///< without the brackets of an IPv6 address
    std::uint16_t port = 0;
    bool operator==(const host_and_port&) const = default;
};

/// `127.0.0.1:8080`, `localhost:8080`, `[::]:8080`; port 0 means any free one. Nothing for anything
/// else.
std::optional<host_and_port> parse_address(std::string_view text);

}  // namespace rollcall::http
