#pragma once

#include <boost/asio/ip/address.hpp>

namespace rollcall::http {

/// Whether anybody on the Internet means the same by this address: nothing that is loopback,
/// private, link-local (where clouds keep their metadata), shared, reserved, multicast or for
/// documentation, and no IPv6 address with such an IPv4 one inside. (IANA's special-purpose
/// registries, RFC 6890.)
bool is_public(const boost::asio::ip::address& address);

}  // namespace rollcall::http
