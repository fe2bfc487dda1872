#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <cstddef>
#include <string_view>
#include <utility>

namespace rollcall::http {

/// A connection's bytes as they are: what a session does with them costs no call more than with the
/// socket itself. The other kind is `tls_stream`.
class plain_stream {
public:
    static constexpr bool encrypted = false;
    using error = boost::system::error_code;

    explicit plain_stream(boost::asio::ip::tcp::socket connection) : socket_{std::move(connection)}
    {
    }

    boost::asio::ip::tcp::socket& socket() { return socket_; }

    /// To be awaited: `[error, bytes]`.
    auto read_some(boost::asio::mutable_buffer into)
    {
        return socket_.async_read_some(into, nothrow);
    }
    /// To be awaited: `[error, bytes]`, once all of it is sent or none more can be.
    auto write(std::string_view bytes)
    {
        return boost::asio::async_write(socket_, boost::asio::buffer(bytes), nothrow);
    }
    /// What the socket takes without waiting.
    std::size_t write_now(std::string_view bytes, error& ec)
    {
        return socket_.write_some(boost::asio::buffer(bytes), ec);
    }
    /// Whether bytes have come that are not read yet.
    bool has_more()
    {
        error unknown;
        return socket_.available(unknown) > 0;
    }
    /// Says that nothing more comes from us.
    void end(error& ec) { socket_.shutdown(boost::asio::socket_base::shutdown_send, ec); }
    void close()
    {
        error gone;
        socket_.close(gone);
    }

private:
    // Deferred, not use_awaitable: awaited where it stands, without a coroutine frame of its own.
    static constexpr auto nothrow = boost::asio::as_tuple(boost::asio::deferred);

    boost::asio::ip::tcp::socket socket_;
};

}  // namespace rollcall::http
