#include "poller/http_fetcher.hpp"

#include "http/server.hpp"
#include "poller/http_date.hpp"
#include "scene.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* date = "Sun, 06 Nov 1994 08:49:37 GMT";

// A provider's API on a port of its own.
class api_server final : public http::handler {
public:
    explicit api_server(std::function<http::response(const http::request&)> answers)
        : answers_{std::move(answers)}
    {
        server_.start();
    }
    ~api_server() override { stop(); }

    std::string url() const
    {
        return "http://127.0.0.1:" + std::to_string(server_.local_endpoints().front().port()) +
               "/base";
    }
    void stop() { server_.stop(milliseconds{0}); }
    asio::awaitable<http::response> handle(const http::request& asked) override
    {
        co_return answers_(asked);
    }

private:
    std::function<http::response(const http::request&)> answers_;
    http::server server_{{}, 1, {"127.0.0.1:0"}, *this};
};

polled_source source_at(const std::string& url, const provider& from)
{
    polled_source made;
    made.name = "prod";
    made.from = &from;
    made.base_url = url;
    made.api_key = "k3y";
    made.pace.interval = milliseconds{2};
    return made;
}

fetched fetch(const polled_source& from, const poll_request& what)
{
    asio::io_context io;
    const auto api = make_http_fetcher(io.get_executor(), from);
    fetched made;
    asio::co_spawn(io, api->ask(what), [&](const std::exception_ptr& bug, fetched got) {
        EXPECT_FALSE(bug);
        made = std::move(got);
        api->stop();
    });
    io.run_for(20s);
    return made;
}

struct downloaded {
    fetched head;
    std::string body;
};

asio::awaitable<void> take(fetcher& api, std::string url, downloaded& into)
{
    auto got = co_await api.open(std::move(url));
    into.head = std::move(got.head);
    for (bool more = got.body != nullptr; more;) {
        const auto part = co_await got.body->next();
        more = part && !part->empty();
        into.body += more ? *part : std::string_view{};
    }
}

downloaded download(const polled_source& from, const std::string& url)
{
    asio::io_context io;
    const auto api = make_http_fetcher(io.get_executor(), from);
    downloaded made;
    asio::co_spawn(io, take(*api, url, made), [&](const std::exception_ptr& bug) {
        EXPECT_FALSE(bug);
        api->stop();
    });
    io.run_for(20s);
    return made;
}

TEST(HttpFetcher, AsksWithTheCredentialAndReadsTheWholeAnswer)
{
    std::string path;
    std::string query;
    std::string credential;
    api_server api{[&](const http::request& asked) {
        path = asked.path;
        query = asked.query;
        credential = asked.find("authorization").value;
        http::response answer;
        answer.status = 429;
        answer.body = "slow down";
        answer.content_type = "application/json";
        answer.fields.emplace_back("Date", date);
        answer.fields.emplace_back("Retry-After", "7");
        return answer;
    }};
    const fake_provider from;
    const auto got = fetch(source_at(api.url(), from), poll_request{"/bots/1?after=x"});
    EXPECT_FALSE(got.error) << got.error.message();
    EXPECT_EQ(got.response.status, 429U);
    EXPECT_EQ(got.response.body, "slow down");
    EXPECT_EQ(got.response.content_type, "application/json");
    EXPECT_EQ(got.response.date, parse_http_date(date));
    EXPECT_EQ(got.retry_after, "7");
    api.stop();
    EXPECT_EQ(path, "/base/bots/1");
    EXPECT_EQ(query, "after=x");
    EXPECT_EQ(credential, "Token k3y");
}

TEST(HttpFetcher, SendsAPatchWithTheCredential)
{
    std::string method;
    std::string body;
    std::string credential;
    api_server api{[&](const http::request& asked) {
        method = asked.method;
        body = asked.body;
        credential = asked.find("authorization").value;
        return http::response{};
    }};
    const fake_provider from;
    const auto got =
        fetch(source_at(api.url(), from), poll_request{"/a/1/", poll_method::patch, R"({"a":1})"});
    EXPECT_FALSE(got.error) << got.error.message();
    api.stop();
    EXPECT_EQ(method, "PATCH");
    EXPECT_EQ(body, R"({"a":1})");
    EXPECT_EQ(credential, "Token k3y");
}

TEST(HttpFetcher, DownloadsWithoutTheCredential)
{
    std::string credential = "none yet";
    std::string query;
    api_server api{[&](const http::request& asked) {
        credential = asked.find("authorization").value;
        query = asked.query;
        http::response answer;
        answer.body = "[1]";
        return answer;
    }};
    const fake_provider from;
    auto source = source_at(api.url(), from);
    const auto url = api.url() + "/d?token=a%3Ab";
    EXPECT_EQ(download(source, url).head.error, errc::host_refused);
    source.downloads.hosts.push_back(
        *parse_allowed_host(url.substr(0, url.find('/', std::string_view{"http://"}.size())))
    );
    const auto got = download(source, url);
    EXPECT_FALSE(got.head.error) << got.head.error.message();
    EXPECT_EQ(got.head.response.status, 200U);
    EXPECT_EQ(got.body, "[1]");
    api.stop();
    EXPECT_EQ(credential, "");
    EXPECT_EQ(query, "token=a%3Ab");
}

TEST(HttpFetcher, AllowsDownloadsFromTheApisOwnHostOverHttpsAlone)
{
    const fake_provider from;
    const auto admitted = [&](const std::string& base, std::string_view url) {
        const auto hosts = download_hosts(source_at(base, from));
        return std::ranges::any_of(hosts, [&](const auto& each) {
            return each.admits(split_url(url)->origin) && !each.trusted;
        });
    };
    EXPECT_TRUE(admitted("https://eu.api.example/below", "https://eu.api.example/x?y"));
    EXPECT_TRUE(admitted("https://eu.api.example:8443", "https://eu.api.example:8443/x"));
    EXPECT_FALSE(admitted("https://eu.api.example", "https://us.api.example/x"));
    EXPECT_FALSE(admitted("http://eu.api.example", "http://eu.api.example/x"));
}

TEST(HttpFetcher, SaysWhyThereIsNoAnswer)
{
    const fake_provider from;
    std::string nobody_there;
    {
        const api_server gone{[](const http::request&) { return http::response{}; }};
        nobody_there = gone.url();
    }
    const auto got = fetch(source_at(nobody_there, from), poll_request{"/"});
    EXPECT_EQ(got.error, make_error_code(errc::cannot_connect)) << got.error.message();
    EXPECT_FALSE(got.trouble.empty());
}

TEST(Poller, PollsOverHttpAndStopsInTheMiddle)
{
    std::atomic<int> asked_in_all{0};
    api_server api{[&](const http::request& asked) {
        http::response answer;
        answer.content_type = "application/json";
        if (asked.path == "/base/bot_1" && ++asked_in_all % 3 == 0)
            answer.status = 500;
        else
            answer.body = asked.path == "/base/bot_1" ? page("a", "b") : "";
        return answer;
    }};
    const fake_provider from;
    fake_journal journal;
    fake_store store;
    poller polls{
        {source_at(api.url(), from)},
        {.rows_to = journal,
         .store = store,
         .partition_of = [](std::string_view) { return 1'000; },
         .make_fetcher = make_http_fetcher}};
    polls.start();
    polls.on_owned(0, 1, {scene::meeting("bot_1"), scene::meeting("bot_2")});
    EXPECT_EQ(bodies(journal.wait_for(2)), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(store.wait_for_kept(1).front().what.state, R"({"at":2})");
    const auto& requests = polls.counts("prod")->requests;
    ASSERT_TRUE(eventually(10s, [&] { return requests >= 100; }));
    const auto before = std::chrono::steady_clock::now();
    polls.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - before, 1s);
    EXPECT_EQ(journal.records().size(), 2U);
}

}  // namespace
}  // namespace rollcall::test
