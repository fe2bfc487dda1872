#include "app/health.hpp"

#include "app/asking.hpp"
#include "app/exit_code.hpp"
#include "settings/address.hpp"
#include "settings/quantities.hpp"

#include <ostream>

namespace rollcall {
namespace {

constexpr std::uint64_t longest_line = 64ULL * 1024;

asked_once ask(const std::string& url, const health_options& asked)
{
    http::client_options whom;
    whom.base_url = url;
    whom.connect_timeout = asked.timeout;
    whom.answer_timeout = asked.timeout;
    whom.body_bytes = longest_line;
    const http::client_request what{.target = asked.live ? "/livez" : "/readyz"};
    return ask_once(whom, what, {}, asked.timeout);
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
    const auto told = ask(*url, asked);
    if (!told.answer) {
        out << "health: no answer from " << *url << " within " << duration_text(asked.timeout)
            << '\n';
        return exit_failed;
    }
    const auto& got = *told.answer;
    if (!got) {
        out << "health: " << *url << ": " << told.why_not() << '\n';
        return exit_failed;
    }
    out << got->body;
    return got->status == 200 ? exit_done : exit_failed;
}

}  // namespace rollcall
