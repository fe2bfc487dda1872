#pragma once

#include "core/errors.hpp"

#include <boost/asio/ssl/context.hpp>
#include <openssl/types.h>

#include <string>

namespace rollcall::http {

/// How a client of ours speaks TLS: 1.2 or later, and only to whom one of the roots vouches for.
/// `ca_file` (PEM) takes the place of the system's roots. Throws `std::invalid_argument` where it
/// holds no certificates.
boost::asio::ssl::context make_client_context(const std::string& ca_file);

/// Says to whom this connection goes, a name or an address: its certificate has to be for that
/// host, and a name is sent ahead (SNI). The certificate's alternative names count, its common name
/// does not (RFC 9525).
error_code expect_host(SSL* connection, const std::string& host);

/// Why the peer's certificate has been refused; empty where it has not.
std::string certificate_trouble(const SSL* connection);

}  // namespace rollcall::http
