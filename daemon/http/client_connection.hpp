#pragma once

#include "core/base_url.hpp"
#include "core/errors.hpp"
#include "http/deadlines.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rollcall::http {

/// A place in the list of a client's connections.
using connection_hook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// One connection of ours to a host, plain or TLS. Every wait has a deadline, after which the
/// connection is closed. One thread.
class client_connection : public connection_hook {
public:
    /// `tls`: null for a plain connection; outlives it, as `to` does.
    client_connection(
        const boost::asio::any_io_executor& on, const base_url& to, boost::asio::ssl::context* tls
    );

    /// Connects by `tcp_until`, and shakes hands by `until`. Fails with an `errc`, and `trouble`
    /// has the details.
    boost::asio::awaitable<error_code> open(
        boost::asio::ip::tcp::endpoint at, steady_time tcp_until, steady_time until
    );
    const std::string& trouble() const { return trouble_; }

    /// All of it.
    boost::asio::awaitable<error_code> send(std::string_view bytes, steady_time until);

    struct received {
        error_code ec;  ///< eof only for an orderly end; `beast::error::timeout` after `until`
        std::size_t bytes = 0;
    };
    /// Something.
    boost::asio::awaitable<received> receive(std::span<char> room, steady_time until);

    /// Whether the host has neither closed the connection nor said anything unasked.
    bool quiet();
    /// Ends every wait. What is then done with it fails.
    void close();

private:
    using tls_stream = boost::asio::ssl::stream<boost::beast::tcp_stream&>;
    boost::asio::awaitable<error_code> shake_hands(tls_stream& tls, steady_time until);

    const base_url& to_;
    boost::beast::tcp_stream tcp_;
    std::optional<tls_stream> tls_;
    std::string trouble_;
};

}  // namespace rollcall::http
