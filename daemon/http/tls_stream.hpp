#pragma once

#include "http/tls.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

namespace rollcall::http {

/// The server's side of a TLS connection, with the surface of `plain_stream`. OpenSSL reads and
/// writes the non-blocking socket itself, so that an idle connection costs none of the buffers that
/// `asio::ssl::stream` keeps (34 KiB), and what the socket takes at once is sent without a wait.
/// SIGPIPE must be ignored or blocked on its thread.
class tls_stream {
public:
    static constexpr bool encrypted = true;
    using error = boost::system::error_code;
    using outcome = std::tuple<error, std::size_t>;

    /// The socket is non-blocking. Throws `std::bad_alloc`.
    tls_stream(boost::asio::ip::tcp::socket connection, SSL_CTX& with);

    boost::asio::ip::tcp::socket& socket() { return socket_; }

    /// First of all. It has no deadline of its own: cancelling the socket ends it.
    boost::asio::awaitable<error> shake_hands();
    /// Why the handshake has failed, in OpenSSL's words; empty where only the connection ended.
    const std::string& trouble() const { return trouble_; }
    /// Whether the client has sent anything at all.
    bool heard() const;

    boost::asio::awaitable<outcome> read_some(boost::asio::mutable_buffer into);
    boost::asio::awaitable<outcome> write(std::string_view bytes);
    std::size_t write_now(std::string_view bytes, error& ec);
    /// Also where it is half a record, which OpenSSL keeps.
    bool has_more();
    void end(error& ec);
    /// Says farewell where the socket takes it at once.
    void close();

private:
    struct freed {
        void operator()(SSL* connection) const;
    };

    /// What has come of a call that returned `result`: `would_block` where `until_ready` is to be
    /// awaited.
    error judge(int result);
    boost::asio::awaitable<error> until_ready();
    void say_farewell();

    boost::asio::ip::tcp::socket socket_;
    std::unique_ptr<SSL, freed> tls_;
    int reads_in_a_row_ = 0;  // since the thread was given up last
    boost::asio::ip::tcp::socket::wait_type wanted_ = boost::asio::ip::tcp::socket::wait_read;
    bool usable_ = false;  // hands are shaken, nothing has failed, no farewell is said
    std::string trouble_;
};

}  // namespace rollcall::http
