#include "app/asking.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <utility>

namespace rollcall {
namespace {

namespace asio = boost::asio;

// The arguments outlive it: `ask_once` waits for its end.
asio::awaitable<void> send(
    http::client& through,
    const http::client_request& what,
    const headers& with,
    std::optional<result<http::client_answer>>& got
)
{
    got = co_await through.send(what, with);
    through.stop();
}

}  // namespace

std::string asked_once::why_not() const
{
    if (!answer)
        return "no answer in time";
    if (*answer)
        return {};
    return answer->error().message() + (trouble.empty() ? "" : ": ") + trouble;
}

void wait_for(
    asio::io_context& io,
    asio::awaitable<void> what,
    milliseconds within,
    const std::function<void()>& stop
)
{
    asio::co_spawn(io, std::move(what), asio::detached);
    io.run_for(within);
    stop();
    io.run();
}

asked_once ask_once(
    const http::client_options& whom,
    const http::client_request& what,
    const headers& with,
    milliseconds within
)
{
    std::optional<result<http::client_answer>> got;
    asio::io_context io{1};
    http::client through{io.get_executor(), whom};
    asked_once told;
    wait_for(io, send(through, what, with, got), within, [&] {
        told.answer = std::move(got);  // what comes now comes too late
        through.stop();
    });
    told.trouble = through.trouble();
    return told;
}

}  // namespace rollcall
