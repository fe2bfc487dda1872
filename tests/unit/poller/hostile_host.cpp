#include "hostile_host.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <cstdio>
#include <string_view>
#include <utility>

namespace rollcall::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view rows = R"([{"id":"1"},{"id":"2"}])";

std::string with_length(std::string_view body, std::size_t length)
{
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" +
           std::string{body};
}

std::string chunk(std::string_view data)
{
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", data.size());
    return size + std::string{data} + "\r\n";
}

asio::awaitable<bool> say(tcp::socket& to, const std::string& text)
{
    const auto [ec, sent] = co_await asio::async_write(to, asio::buffer(text), nothrow);
    co_return !ec;
}

asio::awaitable<void> await_end(tcp::socket& of)
{
    char byte = 0;
    co_await of.async_read_some(asio::buffer(&byte, 1), nothrow);
}

// Well-formed, and as long as can be.
asio::awaitable<void> send_huge(tcp::socket& to)
{
    const std::string row = R"({"id":")" + std::string(hostile_host::huge_row_bytes, 'x') + R"("})";
    const auto next = chunk("," + row);
    bool there = co_await say(to, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    there = there && co_await say(to, chunk("[" + row));
    for (auto sent = row.size(); there && sent < hostile_host::huge_bytes; sent += row.size())
        there = co_await say(to, next);
    if (there)
        co_await say(to, chunk("]") + "0\r\n\r\n");
}

}  // namespace

hostile_host::hostile_host() : acceptor_{io_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}}
{
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::jthread{[this] { io_.run(); }};
}

hostile_host::~hostile_host()
{
    io_.stop();
    thread_.join();
}

std::string hostile_host::origin() const
{
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
}

int hostile_host::asked(const std::string& path) const
{
    const std::lock_guard guard{lock_};
    const auto found = asked_.find(path);
    return found == asked_.end() ? 0 : found->second;
}

asio::awaitable<void> hostile_host::accept()
{
    for (;;) {
        auto [ec, socket] = co_await acceptor_.async_accept(nothrow);
        if (ec)
            co_return;
        asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
    }
}

asio::awaitable<void> hostile_host::serve(tcp::socket socket)
{
    std::string head;
    const auto [ec, size] =
        co_await asio::async_read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n", nothrow);
    if (ec)
        co_return;
    if (head.find("uthorization") != std::string::npos || head.find("k3y") != std::string::npos)
        saw_credential_ = true;
    const auto begin = head.find('/');
    const auto path = head.substr(begin, head.find_first_of("? ", begin) - begin);
    {
        const std::lock_guard guard{lock_};
        ++asked_[path];
    }
    co_await answer(socket, path);
    boost::system::error_code ignored;  // the client may have gone first
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    co_await await_end(socket);
}

asio::awaitable<void> hostile_host::answer(tcp::socket& socket, const std::string& path)
{
    const std::string plenty(4'096, ' ');
    if (path == "/good") {
        co_await say(socket, with_length(rows, rows.size()));
    } else if (path == "/redirect") {
        co_await say(
            socket, "HTTP/1.1 302 Found\r\nLocation: /inside\r\nContent-Length: 0\r\n\r\n"
        );
    } else if (path == "/short") {
        co_await say(socket, with_length(rows, rows.size() + 1));
    } else if (path == "/long") {
        co_await say(socket, with_length(rows, rows.size() - 5));
    } else if (path == "/garbage") {
        co_await say(socket, with_length("<html>no</html>", 15));
    } else if (path == "/stall") {
        if (co_await say(socket, with_length(rows.substr(0, 5), rows.size())))
            co_await await_end(socket);
    } else if (path == "/large") {
        co_await say(socket, with_length("[", huge_bytes));
    } else if (path == "/endless") {
        bool there = co_await say(socket, "HTTP/1.1 200 OK\r\n\r\n[");
        while (there)
            there = co_await say(socket, plenty);
    } else if (path == "/huge") {
        co_await send_huge(socket);
    } else {
        co_await say(socket, "HTTP/1.1 " + path.substr(1) + " No\r\nContent-Length: 4\r\n\r\nsome");
    }
}

}  // namespace rollcall::test
