#include "http/tls_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <new>
#include <utility>

namespace rollcall::http {
namespace {

namespace asio = boost::asio;

constexpr auto nothrow = asio::as_tuple(asio::deferred);
// As long as the client has sent more, a read does not wait; others have to have their turn.
constexpr int most_reads_in_a_row = 16;

std::string reason_of(const SSL* connection)
{
    const char* reason = ::ERR_reason_error_string(::ERR_peek_last_error());
    std::string words = reason != nullptr ? reason : "unknown";
    if (const auto why = certificate_trouble(connection); !why.empty())
        words.append(": ").append(why);
    return words;
}

}  // namespace

void tls_stream::freed::operator()(SSL* connection) const
{
    ::SSL_free(connection);
}

tls_stream::tls_stream(asio::ip::tcp::socket connection, SSL_CTX& with)
    : socket_{std::move(connection)}, tls_{::SSL_new(&with)}
{
    if (!tls_ || ::SSL_set_fd(tls_.get(), socket_.native_handle()) != 1)
        throw std::bad_alloc{};
    ::SSL_set_accept_state(tls_.get());
}

tls_stream::error tls_stream::judge(int result)
{
    const int came = errno;  // before anything else can change it
    switch (::SSL_get_error(tls_.get(), result)) {
        case SSL_ERROR_NONE:
            return {};
        case SSL_ERROR_WANT_READ:
            wanted_ = asio::ip::tcp::socket::wait_read;
            return asio::error::would_block;
        case SSL_ERROR_WANT_WRITE:
            wanted_ = asio::ip::tcp::socket::wait_write;
            return asio::error::would_block;
        case SSL_ERROR_ZERO_RETURN:
            return asio::error::eof;
        case SSL_ERROR_SYSCALL:
            usable_ = false;
            if (came == 0)
                return asio::error::eof;
            return {came, boost::system::system_category()};
        default:
            usable_ = false;
            trouble_ = reason_of(tls_.get());
            ::ERR_clear_error();
            return errc::tls_failed;
    }
}

asio::awaitable<tls_stream::error> tls_stream::until_ready()
{
    reads_in_a_row_ = 0;
    const auto [ec] = co_await socket_.async_wait(wanted_, nothrow);
    co_return ec;
}

asio::awaitable<tls_stream::error> tls_stream::shake_hands()
{
    for (;;) {
        ::ERR_clear_error();
        errno = 0;
        auto ec = judge(::SSL_do_handshake(tls_.get()));
        if (ec == asio::error::would_block)
            ec = co_await until_ready();
        else if (!ec)
            usable_ = true;
        if (ec || usable_)
            co_return ec;
    }
}

bool tls_stream::heard() const
{
    return ::BIO_number_read(::SSL_get_rbio(tls_.get())) > 0;
}

asio::awaitable<tls_stream::outcome> tls_stream::read_some(asio::mutable_buffer into)
{
    if (++reads_in_a_row_ > most_reads_in_a_row) {
        reads_in_a_row_ = 0;
        co_await asio::post(socket_.get_executor(), asio::deferred);
        if (!socket_.is_open())
            co_return outcome{asio::error::operation_aborted, 0};
    }
    for (;;) {
        std::size_t received = 0;
        ::ERR_clear_error();
        errno = 0;
        auto ec = judge(::SSL_read_ex(tls_.get(), into.data(), into.size(), &received));
        if (ec == asio::error::would_block)
            ec = co_await until_ready();
        if (ec || received > 0)
            co_return outcome{ec, received};
    }
}

std::size_t tls_stream::write_now(std::string_view bytes, error& ec)
{
    std::size_t sent = 0;
    ec.clear();
    if (bytes.empty())
        return sent;
    if (!usable_) {  // OpenSSL would write to the number that the socket had
        ec = asio::error::not_connected;
        return sent;
    }
    ::ERR_clear_error();
    errno = 0;
    ec = judge(::SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &sent));
    return sent;
}

asio::awaitable<tls_stream::outcome> tls_stream::write(std::string_view bytes)
{
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        error ec;
        sent += write_now(bytes.substr(sent), ec);
        if (ec == asio::error::would_block)
            ec = co_await until_ready();
        if (ec)
            co_return outcome{ec, sent};
    }
    co_return outcome{error{}, sent};
}

bool tls_stream::has_more()
{
    error unknown;
    return socket_.available(unknown) > 0 || ::SSL_has_pending(tls_.get()) == 1;
}

// Once: a second call would read.
void tls_stream::say_farewell()
{
    if (!std::exchange(usable_, false))
        return;
    ::ERR_clear_error();
    ::SSL_shutdown(tls_.get());
    ::ERR_clear_error();
}

void tls_stream::end(error& ec)
{
    say_farewell();
    socket_.shutdown(asio::socket_base::shutdown_send, ec);
}

void tls_stream::close()
{
    if (socket_.is_open())
        say_farewell();
    error gone;
    socket_.close(gone);
}

}  // namespace rollcall::http
