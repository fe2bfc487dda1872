#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

/// Where a server listens.
struct listen_address {
    std::string host;  ///< an IP address in its shortest form, without brackets
    bool v6 = false;
    std::uint16_t port = 0;  ///< 0: the system chooses

    /// Every address of the host.
    bool is_wildcard() const { return host == (v6 ? "::" : "0.0.0.0"); }
    bool operator==(const listen_address&) const = default;
};

/// Reads `127.0.0.1:8080` and `[::1]:8080`. Nothing for names, scopes and anything else.
std::optional<listen_address> parse_listen_address(std::string_view text);

/// Both cannot be listened on: the same port on the same address, or on one address and all of its
/// family. Port 0 is always free.
bool collide(const listen_address& one, const listen_address& other);

/// Whether `text` is a broker as librdkafka takes it: a host or an IPv6 address in brackets, with
/// or without a port.
bool is_broker(std::string_view text);

}  // namespace rollcall
