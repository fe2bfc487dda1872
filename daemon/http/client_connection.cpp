#include "http/client_connection.hpp"

#include "http/tls.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>

namespace rollcall::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr auto nothrow = asio::as_tuple(asio::deferred);

error_code classified(const error_code& ec, errc otherwise)
{
    if (ec == beast::error::timeout)
        return errc::connect_timed_out;
    return ec == asio::error::operation_aborted ? errc::stopped : otherwise;
}

}  // namespace

client_connection::client_connection(
    const asio::any_io_executor& on, const base_url& to, asio::ssl::context* tls
)
    : to_{to}, tcp_{on}
{
    if (tls)
        tls_.emplace(tcp_, *tls);
}

asio::awaitable<error_code> client_connection::open(
    asio::ip::tcp::endpoint at, steady_time tcp_until, steady_time until
)
{
    tcp_.expires_at(tcp_until);
    const auto [ec] = co_await tcp_.async_connect(at, nothrow);
    if (ec) {
        trouble_ = ec.message();
        co_return classified(ec, errc::cannot_connect);
    }
    error_code slower;  // without it, nothing worse
    tcp_.socket().set_option(asio::ip::tcp::no_delay{true}, slower);
    if (!tls_)
        co_return error_code{};
    co_return co_await shake_hands(*tls_, until);
}

asio::awaitable<error_code> client_connection::shake_hands(tls_stream& tls, steady_time until)
{
    if (const auto unusable = expect_host(tls.native_handle(), to_.host))
        co_return unusable;
    tcp_.expires_at(until);
    const auto [ec] = co_await tls.async_handshake(asio::ssl::stream_base::client, nothrow);
    if (!ec)
        co_return error_code{};
    trouble_ = certificate_trouble(tls.native_handle());
    if (!trouble_.empty())
        co_return errc::bad_certificate;
    trouble_ = ec.message();
    co_return classified(ec, errc::tls_failed);
}

asio::awaitable<error_code> client_connection::send(std::string_view bytes, steady_time until)
{
    tcp_.expires_at(until);
    const auto all = asio::buffer(bytes);
    if (tls_) {
        const auto [ec, sent] = co_await asio::async_write(*tls_, all, nothrow);
        co_return ec;
    }
    const auto [ec, sent] = co_await asio::async_write(tcp_, all, nothrow);
    co_return ec;
}

asio::awaitable<client_connection::received> client_connection::receive(
    std::span<char> room, steady_time until
)
{
    received outcome;
    // Beast's timer is looked at between two turns of the loop, and a read that never has to wait
    // would always be there first.
    if (std::chrono::steady_clock::now() >= until) {
        close();
        outcome.ec = beast::error::timeout;
        co_return outcome;
    }
    tcp_.expires_at(until);
    const auto into = asio::buffer(room.data(), room.size());
    if (tls_) {
        const auto [ec, bytes] = co_await tls_->async_read_some(into, nothrow);
        outcome.ec = ec;
        outcome.bytes = bytes;
    } else {
        const auto [ec, bytes] = co_await tcp_.async_read_some(into, nothrow);
        outcome.ec = ec;
        outcome.bytes = bytes;
    }
    co_return outcome;
}

bool client_connection::quiet()
{
    if (tls_ && ::SSL_has_pending(tls_->native_handle()) == 1)
        return false;
    char next = 0;
    const auto there = ::recv(tcp_.socket().native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
    return there < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void client_connection::close()
{
    tcp_.close();
}

}  // namespace rollcall::http
