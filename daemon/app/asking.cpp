#include "app/asking.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

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
    asio::co_spawn(io, send(through, what, with, got), asio::detached);
    io.run_for(within);
    asked_once told{got, {}};
    through.stop();
    io.run();
    told.trouble = through.trouble();
    return told;
}

}  // namespace rollcall
