#include "scripted_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace rollcall::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds drip_pause{2};

// Of the request with this head, which a client of ours has written.
std::size_t body_size(std::string_view head)
{
    constexpr std::string_view field = "\r\nContent-Length: ";
    const auto at = head.find(field);
    std::size_t size = 0;
    if (at != std::string_view::npos)
        std::from_chars(head.data() + at + field.size(), head.data() + head.size(), size);
    return size;
}

int note_name(SSL* connection, int*, void* where)
{
    const char* name = ::SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
    *static_cast<std::string*>(where) = name ? name : "";
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace

scripted_server::scripted_server(asio::io_context& io, std::optional<identity> who)
    : io_{io}, acceptor_{io, tcp::endpoint{asio::ip::address_v4::loopback(), 0}}
{
    if (who) {
        tls_.emplace(asio::ssl::context::tls_server);
        tls_->use_certificate_chain(asio::buffer(who->certificate));
        tls_->use_private_key(asio::buffer(who->key), asio::ssl::context::pem);
        ::SSL_CTX_set_tlsext_servername_callback(tls_->native_handle(), note_name);
        ::SSL_CTX_set_tlsext_servername_arg(tls_->native_handle(), &asked_name_);
    }
    asio::co_spawn(io_, accept(), asio::detached);
}

void scripted_server::stop()
{
    acceptor_.close();
}

asio::awaitable<void> scripted_server::accept()
{
    for (;;) {
        auto [ec, socket] = co_await acceptor_.async_accept(nothrow);
        if (ec)
            co_return;
        ++connections_;
        if (silence_) {
            auto life = be_silent(std::move(socket), std::exchange(silence_, {}));
            asio::co_spawn(io_, std::move(life), asio::detached);
            continue;
        }
        if (scripts_.empty())
            continue;
        auto script = std::move(scripts_.front());
        scripts_.pop_front();
        auto life = tls_ ? serve_tls(tls_stream{std::move(socket), *tls_}, std::move(script))
                         : serve(std::move(socket), std::move(script));
        asio::co_spawn(io_, std::move(life), asio::detached);
    }
}

asio::awaitable<void> scripted_server::be_silent(tcp::socket socket, std::function<void()> begun)
{
    ++open_;
    std::string hello(16, '\0');
    co_await socket.async_read_some(asio::buffer(hello), nothrow);
    begun();
    co_await await_end(socket);
    --open_;
}

asio::awaitable<void> scripted_server::serve(tcp::socket socket, connection script)
{
    ++open_;
    const auto last = co_await play(socket, std::move(script));
    if (last == turn::then::reset)
        socket.set_option(asio::socket_base::linger{true, 0});
    --open_;
}

asio::awaitable<void> scripted_server::serve_tls(tls_stream stream, connection script)
{
    ++open_;
    auto [refused] = co_await stream.async_handshake(asio::ssl::stream_base::server, nothrow);
    if (!refused) {
        const auto last = co_await play(stream, std::move(script));
        if (last == turn::then::close)
            co_await stream.async_shutdown(nothrow);
    }
    --open_;
}

template <class Stream>
asio::awaitable<turn::then> scripted_server::play(Stream& stream, connection script)
{
    std::string received;
    for (const auto& now : script) {
        auto [ec, size] = co_await asio::async_read_until(
            stream, asio::dynamic_buffer(received), "\r\n\r\n", nothrow
        );
        if (ec)
            co_return turn::then::close;
        const auto whole = size + body_size(std::string_view{received}.substr(0, size));
        const auto missing = whole - std::min(received.size(), whole);
        auto [cut, rest] = co_await asio::async_read(
            stream, asio::dynamic_buffer(received), asio::transfer_exactly(missing), nothrow
        );
        if (cut)
            co_return turn::then::close;
        requests_.push_back(received.substr(0, whole));
        received.erase(0, whole);
        if (now.asked)
            now.asked();

        asio::steady_timer pause{io_};
        for (bool again = true; again;) {
            again = now.after == turn::then::repeat || now.after == turn::then::drip;
            auto [gone, sent] = co_await asio::async_write(stream, asio::buffer(now.say), nothrow);
            if (gone)
                co_return turn::then::close;
            if (now.after == turn::then::drip) {
                pause.expires_after(drip_pause);
                co_await pause.async_wait(nothrow);
            }
        }
        if (now.said)
            now.said();
        if (now.after == turn::then::wait)
            co_await await_end(stream);
        if (now.after != turn::then::go_on)
            co_return now.after;
    }
    co_await await_end(stream);
    co_return turn::then::close;
}

template <class Stream>
asio::awaitable<void> scripted_server::await_end(Stream& stream)
{
    std::string ignored(1024, '\0');
    for (;;) {
        auto [ec, some] = co_await stream.async_read_some(asio::buffer(ignored), nothrow);
        if (ec)
            co_return;
    }
}

}  // namespace rollcall::test
