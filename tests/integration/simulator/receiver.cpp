#include "receiver.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <thread>

namespace rollcall::simulator {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {
constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);
}

struct receiver::state {
    script answer;
    std::vector<received> all{};
    std::size_t connections = 0;
    asio::io_context io{1};
    tcp::acceptor acceptor{io, {asio::ip::make_address("127.0.0.1"), 0}};
    std::thread thread{};

    asio::awaitable<void> listen()
    {
        while (acceptor.is_open()) {
            auto [ec, socket] = co_await acceptor.async_accept(nothrow);
            if (ec)
                co_return;
            asio::co_spawn(
                io, serve(beast::tcp_stream{std::move(socket)}, connections++), asio::detached
            );
        }
    }

    void note(const http::request<http::string_body>& request, std::size_t connection)
    {
        received next{
            connection,
            std::chrono::steady_clock::now(),
            std::string{request.target()},
            {},
            request.body()};
        for (const auto& field : request)
            next.headers.emplace_back(std::string{field.name_string()}, std::string{field.value()});
        all.push_back(std::move(next));
    }

    asio::awaitable<void> serve(beast::tcp_stream stream, std::size_t connection)
    {
        beast::flat_buffer buffer;
        for (;;) {
            http::request<http::string_body> request;
            const auto [read_ec, count] =
                co_await http::async_read(stream, buffer, request, nothrow);
            if (read_ec)
                co_return;
            note(request, connection);
            const auto status = answer(all);
            if (status == close_without_answer)
                co_return;
            if (status == never_answer) {
                co_await http::async_read(stream, buffer, request, nothrow);
                co_return;  // until the sender has given up
            }
            http::response<http::empty_body> response;
            response.result(status);
            response.version(11);
            response.prepare_payload();
            const auto [write_ec, sent] = co_await http::async_write(stream, response, nothrow);
            if (write_ec)
                co_return;
        }
    }
};

receiver::receiver(script answer) : state_{std::make_unique<state>(std::move(answer))}
{
    asio::co_spawn(state_->io, state_->listen(), asio::detached);
    state_->thread = std::thread{[this] { state_->io.run(); }};
}

receiver::~receiver()
{
    if (state_->thread.joinable())
        stop();
}

std::string receiver::url() const
{
    return "http://127.0.0.1:" + std::to_string(state_->acceptor.local_endpoint().port()) +
           "/hooks/test";
}

std::vector<received> receiver::stop()
{
    state_->io.stop();
    state_->thread.join();
    return state_->all;
}

}  // namespace rollcall::simulator
