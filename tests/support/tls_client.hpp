#pragma once

#include "support/certificates.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ssl_session_st;  // OpenSSL's SSL_SESSION

namespace rollcall::test {

using tls_session = std::shared_ptr<ssl_session_st>;

/// How a client speaks TLS.
struct tls_manner {
    int least = 0x0303;   ///< versions as on the wire: TLS 1.2
    int most = 0x0304;    ///< TLS 1.3
    std::string ciphers;  ///< of TLS 1.2 and below, as OpenSSL names them; empty: its own
    std::string ca;       ///< PEM; empty: any certificate is taken
    identity own;         ///< empty: none is shown
    std::vector<std::string> protocols;  ///< offered by ALPN
    tls_session session;                 ///< of an earlier connection, to be resumed
};

/// What a server answered. Status 0: the connection ended instead.
struct tls_answer {
    int status = 0;
    std::string body;
};

/// A TLS connection to a server under test, by OpenSSL. Blocking; nothing waits longer than ten
/// seconds.
class tls_client {
public:
    explicit tls_client(const boost::asio::ip::tcp::endpoint& server, const tls_manner& how = {});

    /// Whether the handshake has worked, as far as the client can see.
    bool connected() const { return connected_; }
    /// Why not, or why the last call failed: OpenSSL's words.
    const std::string& trouble() const { return trouble_; }

    bool send(std::string_view bytes);
    tls_answer read_answer();
    /// Whether the server says farewell, and then ends the connection.
    bool closes();

    std::string version() const;
    std::string cipher() const;
    std::string protocol() const;  ///< by ALPN
    bool resumed() const;
    std::string certificate() const;  ///< of the server, PEM
    /// To be resumed; after an answer.
    tls_session session() const;
    /// Asks for a renegotiation; whether the server lets it happen.
    bool renegotiates();

private:
    bool failed();
    bool read_more();

    std::shared_ptr<SSL_CTX> context_;
    std::shared_ptr<int> socket_;
    std::shared_ptr<SSL> tls_;
    bool connected_ = false;
    bool farewell_ = false;
    std::string trouble_;
    std::string received_;
};

}  // namespace rollcall::test
