#pragma once

#include "core/errors.hpp"

#include <boost/asio/ssl/context.hpp>
#include <openssl/types.h>

#include <memory>
#include <string>

namespace rollcall::http {

/// What connections of one side are made with. Shared: a connection keeps what it began with.
using tls_context = std::shared_ptr<SSL_CTX>;

/// What a server proves itself with, and what it asks of its clients. All of it PEM.
struct tls_offer {
    std::string certificate;  ///< first its own, then those between it and a root
    std::string key;
    std::string client_ca;        ///< who vouches for clients; empty: they are not asked
    bool client_required = true;  ///< of no meaning without `client_ca`
    bool only_1_3 = false;        ///< otherwise 1.2 too
};

/// TLS 1.2 and 1.3 with the ciphers of Mozilla's "intermediate" list that have forward secrecy by
/// elliptic curves (ECDHE with AES-GCM or ChaCha20-Poly1305), HTTP/1.1 alone by ALPN, tickets, no
/// renegotiation, no compression, no early data. Throws `std::invalid_argument`, with OpenSSL's
/// words and nothing of the key, where it cannot be used.
tls_context make_server_context(const tls_offer& offer);

/// How a client of ours speaks TLS: 1.2 or later, and only to whom one of the roots vouches for.
/// `ca_file` (PEM) takes the place of the system's roots. Throws `std::invalid_argument` where it
/// holds no certificates.
boost::asio::ssl::context make_client_context(const std::string& ca_file);

/// The same to whom shows the first certificate of `pem` and has its key: neither names nor dates
/// nor authorities count. Throws `std::invalid_argument` where there is none.
boost::asio::ssl::context make_pinned_context(const std::string& pem);

/// Says to whom this connection goes, a name or an address: its certificate has to be for that
/// host, and a name is sent ahead (SNI). The certificate's alternative names count, its common name
/// does not (RFC 9525).
error_code expect_host(SSL* connection, const std::string& host);

/// Why the peer's certificate has been refused; empty where it has not.
std::string certificate_trouble(const SSL* connection);

}  // namespace rollcall::http
