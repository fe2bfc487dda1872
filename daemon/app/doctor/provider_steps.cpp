#include "app/asking.hpp"
#include "app/doctor/judgement.hpp"
#include "app/doctor/steps.hpp"
#include "app/polled_sources.hpp"
#include "poller/http_fetcher.hpp"
#include "poller/retry_after.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

namespace rollcall {
namespace {

namespace asio = boost::asio;

// The arguments outlive it: `ask` waits for its end.
asio::awaitable<void> send(fetcher& api, const poll_request& what, std::optional<fetched>& into)
{
    into = co_await api.ask(what);
    api.stop();
}

// One answer of an API, and when by our clock its request went out and it came.
struct api_answer {
    std::optional<fetched> got;  ///< nothing: none in time
    timestamp sent;
    timestamp came;
};

api_answer ask(polled_source source, const poll_request& what, milliseconds limit)
{
    source.connect_timeout = std::min(source.connect_timeout, limit);
    source.answer_timeout = std::min(source.answer_timeout, limit);
    api_answer told;
    std::optional<fetched> got;
    asio::io_context io{1};
    const auto api = make_http_fetcher(io.get_executor(), source);
    told.sent = wall_clock();
    wait_for(io, send(*api, what, got), limit, [&] {
        told.came = wall_clock();
        told.got = std::move(got);  // what comes now comes too late
        api->stop();
    });
    return told;
}

std::string trouble_of(const std::optional<fetched>& got)
{
    if (!got)
        return "no answer in time";
    return got->error.message() + (got->trouble.empty() ? "" : ": ") + got->trouble;
}

std::string connection_advice(const std::optional<fetched>& got)
{
    if (got && (got->error == errc::bad_certificate || got->error == errc::tls_failed))
        return "is poll.base_url right, and has poll.ca_file (or the system's roots) its "
               "authority?";
    return "is poll.base_url right, and may this machine connect to it (DNS, firewall, proxy)?";
}

// Of the answer to what the plan had asked for.
finding judge_api(
    const std::string& step,
    const std::string& at,
    poll_plan& plan,
    const poll_response& response,
    timestamp came
)
{
    const auto status = std::to_string(response.status);
    const auto outcome = plan.on_response(response, came);
    finding made{verdict::ok, step, at + " answers with " + status, {}};
    switch (outcome.result) {
        case poll_result::good:
            made.seen += ", the credential counts";
            break;
        case poll_result::denied:
            made.is = verdict::fail;
            made.seen = at + " refuses the credential: " + outcome.why;
            made.advice =
                "poll.api_key has expired, or is another account's or region's: make a "
                "new one at the provider and put it in its file";
            break;
        case poll_result::throttled:
            made.is = verdict::warn;
            made.seen += ": it does not say whether the credential counts";
            made.advice = "see the budget";
            break;
        case poll_result::failed:
            made.is = verdict::fail;
            made.seen = at + ": " + outcome.why;
            made.advice =
                "is poll.base_url right (region, app)? Else it is the provider's fault: "
                "see its status page";
    }
    return made;
}

// The first thing that the poller would ask for: the list of the source's meetings.
std::optional<poll_request> first_request(poll_plan& plan)
{
    const auto step = plan.next(wall_clock());
    const auto* const request = std::get_if<poll_request>(&step);
    return request ? std::optional{*request} : std::nullopt;
}

void look_at_api(
    const polled_source& source, milliseconds tolerance, milliseconds limit, diagnosis& into
)
{
    const auto prefix = "source " + source.name + ": ";
    const auto api = prefix + "API", clock = prefix + "clock", budget = prefix + "budget";
    const auto at = api_url(source);
    auto pace = source.pace;
    pace.account = account_of(source);
    pace.base_url = at;
    const auto plan = source.from->list(pace, {});
    const auto what = plan ? first_request(*plan) : std::nullopt;
    if (!what)
        return into.skip(api, "there is nothing to ask it for");
    const auto told = ask(source, *what, limit);
    if (!told.got || told.got->error) {
        into.fail(api, at + ": " + trouble_of(told.got), connection_advice(told.got));
        into.skip_for(clock, api);
        return into.skip_for(budget, api);
    }
    const auto& response = told.got->response;
    into.add(judge_api(api, at, *plan, response, told.came));
    if (response.date)
        into.add(judge_clock(clock, {*response.date, told.sent, told.came}, tolerance));
    else
        into.skip(clock, "its answers tell no time");
    const auto wait = parse_retry_after(told.got->retry_after, response.date, told.came);
    into.add(judge_budget(budget, response.status, told.got->limit, wait));
}

// For a provider that publishes the key it signs with.
void look_at_key(
    const source_settings& source, const provider& from, milliseconds limit, diagnosis& into
)
{
    const auto step = "source " + source.name + ": key";
    const auto& how = source.webhook.key;
    const auto url = how.url.empty() ? std::string{from.default_key_url()} : how.url;
    const auto path = std::min(url.find('/', url.find("://") + 3), url.size());
    http::client_options whom;
    whom.base_url = url.substr(0, path);
    whom.ca_file = how.ca_file;
    const auto target = path == url.size() ? std::string{"/"} : url.substr(path);
    const auto told = ask_once(whom, {.target = target}, {}, limit);
    const auto* const advice =
        "without it webhooks are answered with 503: is webhook.key.url right, and may this machine "
        "connect to it?";
    const auto* const answer = told.got();
    if (answer == nullptr)
        return into.fail(step, url + ": " + told.why_not(), advice);
    const auto key = from.read_key_answer(answer->body);
    if (answer->status != 200 || !key)
        return into.fail(
            step,
            url + " answers with " + std::to_string(answer->status) +
                (key || answer->status != 200 ? "" : ", and with no key: " + key.error().where),
            advice
        );
    into.ok(step, url + " has it");
}

}  // namespace

void look_at_providers(
    const settings& with, const source_providers& providers, milliseconds limit, diagnosis& into
)
{
    const auto apis = polled_sources(with, providers);
    for (const auto& source : with.sources) {
        const auto& from = providers.at(source.name);
        const auto api = std::ranges::find(apis, source.name, &polled_source::name);
        if (api != apis.end())
            look_at_api(*api, source.webhook.tolerance, limit, into);
        else
            into.skip("source " + source.name + ": API", "none is set up: it is not polled");
        if (source.webhook.secrets.empty() && !from.default_key_url().empty())
            look_at_key(source, from, limit, into);
    }
}

}  // namespace rollcall
