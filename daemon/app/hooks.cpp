#include "app/hooks.hpp"

#include "app/exit_code.hpp"
#include "app/polled_sources.hpp"
#include "app/source_providers.hpp"
#include "app/table.hpp"
#include "core/base_url.hpp"
#include "core/listed.hpp"
#include "http/client.hpp"
#include "poller/polled_source.hpp"
#include "providers/hooks.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <optional>
#include <ostream>
#include <vector>

namespace rollcall {
namespace {

namespace asio = boost::asio;

constexpr unsigned conflict = 409;

// Asks one source's provider; throws nothing but what a wrong base URL does.
class registry {
public:
    registry(const polled_source& of, std::ostream& err)
        : options_{options_of(of)}, with_{of.from->request_headers(of.api_key)}, err_{err}
    {
    }

    /// Nothing, once what is wrong has been said.
    std::optional<http::client_answer> ask(const http::client_request& what)
    {
        std::optional<http::client_answer> got;
        std::string trouble;
        asio::io_context io{1};
        http::client through{io.get_executor(), options_};
        asio::co_spawn(io, send(through, what, with_, got, trouble), asio::detached);
        io.run();
        if (!got)
            err_ << "hooks: " << trouble << '\n';
        return got;
    }

    std::optional<std::vector<registered_hook>> read(const http::client_answer& answer)
    {
        if (answer.status / 100 != 2) {
            err_ << "hooks: the provider answers with status " << answer.status
                 << (answer.status == 401 || answer.status == 403
                         ? ": the API key may not see webhooks"
                         : "")
                 << '\n';
            return std::nullopt;
        }
        auto hooks = read_hooks(answer.body);
        if (!hooks) {
            err_ << "hooks: the provider's answer cannot be read: "
                 << error_code{hooks.error().code}.message() << '\n';
            return std::nullopt;
        }
        return *std::move(hooks);
    }

private:
    static http::client_options options_of(const polled_source& of)
    {
        http::client_options made;
        made.base_url = api_url(of);
        made.ca_file = of.ca_file;
        made.connect_timeout = of.connect_timeout;
        made.answer_timeout = of.answer_timeout;
        made.body_bytes = of.body_bytes;
        return made;
    }

    // The arguments outlive it: `ask` waits for its end.
    static asio::awaitable<void> send(
        http::client& through,
        const http::client_request& what,
        const headers& with,
        std::optional<http::client_answer>& got,
        std::string& trouble
    )
    {
        auto answer = co_await through.send(what, with);
        if (answer) {
            got = *std::move(answer);
        } else {
            trouble = answer.error().message();
            if (!through.trouble().empty())
                trouble.append(": ").append(through.trouble());
        }
        through.stop();
    }

    const http::client_options options_;
    const headers with_;
    std::ostream& err_;
};

void show(const std::vector<registered_hook>& hooks, std::ostream& out)
{
    if (hooks.empty()) {
        out << "nothing is registered\n";
        return;
    }
    std::vector<std::vector<std::string>> rows{{"ID", "STATE", "URL", "EVENTS"}};
    for (const auto& hook : hooks)
        rows.push_back({hook.id, hook.state, hook.url, listed(hook.events, " ")});
    out << table_text(rows);
}

// What is registered for that URL lacks some of the events, or sends none.
std::string lacking(const registered_hook& hook, const std::vector<std::string_view>& events)
{
    if (hook.state == "disabled")
        return "it is disabled";
    for (const auto event : events)
        if (std::ranges::find(hook.events, event) == hook.events.end())
            return "it lacks " + std::string{event};
    return {};
}

int reuse(
    const std::vector<registered_hook>& hooks,
    const std::string& url,
    const std::vector<std::string_view>& events,
    std::ostream& out,
    std::ostream& err
)
{
    const auto found = std::ranges::find(hooks, url, &registered_hook::url);
    if (found == hooks.end()) {
        err << "hooks: the provider says that there is a webhook for this URL, and shows none\n";
        return exit_failed;
    }
    if (const auto what = lacking(*found, events); !what.empty()) {
        err << "hooks: webhook " << found->id << " has this URL already, but " << what
            << "; change it at the provider\n";
        return exit_failed;
    }
    out << "reused: webhook " << found->id << " has this URL already\n";
    return exit_done;
}

int create(
    registry& at,
    const provider& of,
    const std::string& url,
    const std::vector<registered_hook>& known,
    std::ostream& out,
    std::ostream& err
)
{
    const auto events = of.hook_events();
    if (std::ranges::find(known, url, &registered_hook::url) != known.end())
        return reuse(known, url, events, out, err);
    const auto places = of.hooks();
    const auto body = hook_request(url, events);
    const http::client_request request{
        .target = places.create, .how = http::method::post, .body = body};
    const auto answer = at.ask(request);
    if (!answer)
        return exit_failed;
    if (answer->status == conflict) {  // somebody was faster
        const auto again = at.ask({.target = places.list});
        const auto hooks = again ? at.read(*again) : std::nullopt;
        return hooks ? reuse(*hooks, url, events, out, err) : exit_failed;
    }
    const auto made = at.read(*answer);
    if (!made || made->empty())
        return exit_failed;
    out << "registered: webhook " << made->front().id << '\n';
    return exit_done;
}

int fail(std::ostream& err, const std::string& what)
{
    err << "hooks: " << what << '\n';
    return exit_failed;
}

}  // namespace

int run_hooks(const settings& with, const hooks_options& how, std::ostream& out, std::ostream& err)
{
    const source_providers providers{with};
    const auto* const of = providers.find(how.source);
    if (of == nullptr)
        return fail(err, "no source " + how.source + " in the settings");
    const auto places = of->hooks();
    const bool cannot_create = !how.create.empty() && places.create.empty();
    if (!places.otherwise.empty())
        (cannot_create ? err : out) << places.otherwise << '\n';
    if (cannot_create)
        return exit_failed;
    if (places.list.empty())
        return exit_done;
    if (!how.create.empty() && !parse_base_url(how.create))
        return fail(err, "the URL should be https:// or http://, a host, a path");
    const auto polled = polled_sources(with, providers);
    const auto source = std::ranges::find(polled, how.source, &polled_source::name);
    if (source == polled.end())
        return fail(err, "source " + how.source + " has no poll.api_key to ask the provider with");

    registry at{*source, err};
    const auto answer = at.ask({.target = places.list});
    const auto hooks = answer ? at.read(*answer) : std::nullopt;
    if (!hooks)
        return exit_failed;
    show(*hooks, out);
    return how.create.empty() ? exit_done : create(at, *of, how.create, *hooks, out, err);
}

}  // namespace rollcall
