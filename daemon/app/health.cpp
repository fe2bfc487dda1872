#include "app/health.hpp"

#include "app/exit_code.hpp"
#include "http/client.hpp"
#include "settings/address.hpp"
#include "settings/quantities.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <ostream>

namespace rollcall {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t longest_line = 64ULL * 1024;

// The arguments outlive it: `ask` waits for its end.
asio::awaitable<void> get(
    http::client& through, std::string_view target, std::optional<result<http::client_answer>>& got
)
{
    const headers none;
    got = co_await through.get(target, none);
    through.stop();
}

// Nothing where no answer has come in time.
std::optional<result<http::client_answer>> ask(
    const std::string& url, const health_options& asked, std::string& trouble
)
{
    http::client_options options;
    options.base_url = url;
    options.connect_timeout = asked.timeout;
    options.answer_timeout = asked.timeout;
    options.body_bytes = longest_line;
    std::optional<result<http::client_answer>> got;
    asio::io_context io{1};
    http::client through{io.get_executor(), options};
    asio::co_spawn(io, get(through, asked.live ? "/livez" : "/readyz", got), asio::detached);
    io.run_for(asked.timeout);
    auto in_time = got;
    through.stop();
    io.run();
    trouble = through.trouble();
    return in_time;
}

}  // namespace

std::optional<std::string> health_url(std::string_view ops_address)
{
    const auto at = parse_listen_address(ops_address);
    if (!at || at->port == 0)
        return std::nullopt;
    const std::string loopback = at->v6 ? "::1" : "127.0.0.1";
    const std::string& host = at->is_wildcard() ? loopback : at->host;
    return "http://" + (at->v6 ? "[" + host + "]" : host) + ":" + std::to_string(at->port);
}

int run_health(const std::string& ops_address, const health_options& asked, std::ostream& out)
{
    const auto url = health_url(ops_address);
    if (!url) {
        out << "health: ops.address is " << ops_address << ": there is no port to ask at\n";
        return exit_failed;
    }
    std::string trouble;
    const auto got = ask(*url, asked, trouble);
    if (!got) {
        out << "health: no answer from " << *url << " within " << duration_text(asked.timeout)
            << '\n';
        return exit_failed;
    }
    if (!*got) {
        out << "health: " << *url << ": " << got->error().message() << (trouble.empty() ? "" : ": ")
            << trouble << '\n';
        return exit_failed;
    }
    out << (*got)->body;
    return (*got)->status == 200 ? exit_done : exit_failed;
}

}  // namespace rollcall
