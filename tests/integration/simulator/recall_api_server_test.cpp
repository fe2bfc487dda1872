#include "simulator/api_server.hpp"
#include "simulator/performance.hpp"
#include "simulator/recall.hpp"
#include "support/http_client.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <chrono>
#include <memory>
#include <string>

namespace rollcall::simulator {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto secret = "whsec_ZXhhbXBsZS1zaWduaW5nLWtleS0wMDAx";
const test::http_headers key{{"Authorization", "Token key-1"}};

std::unique_ptr<api_server> serve(api_account account)
{
    account.keys = {"key-1"};
    const recall provider{secret};
    auto server = std::make_unique<api_server>(provider.open_api(account), api_options{});
    const auto an_hour_ago =
        std::chrono::floor<milliseconds>(std::chrono::system_clock::now()) - 1h;
    const world_options options{.seed = 5, .meetings = 6, .events = 600};
    server->show(prepare(options, provider, {an_hour_ago, 1}, {}), steady::now(), true);
    return server;
}

std::string first_url(const api_server& of)
{
    const auto answer = test::get(of.url() + "/api/v1/participant_events/?status_code=done", key);
    rapidjson::Document page;
    page.Parse(answer.body.data(), answer.body.size());
    return page["results"][0]["data"]["participant_events_download_url"].GetString();
}

TEST(RecallApiServer, GivesFilesOnItsOwnHostOrAnother)
{
    for (const bool storage : {false, true}) {
        api_account account;
        account.recall.storage_host = storage;
        const auto server = serve(account);
        const auto url = first_url(*server);
        EXPECT_EQ(url.find("localhost") != std::string::npos, storage);
        const auto path = url.substr(url.find('/', 8));
        const auto file = test::get(server->url() + path, {});
        EXPECT_EQ(file.status, 200U);
        EXPECT_TRUE(file.body.starts_with(R"([{"id":)")) << file.body.substr(0, 100);
        EXPECT_EQ(server->counts().leaked, 0U);
        EXPECT_EQ(test::get(server->url() + path, key).status, 400U);
        EXPECT_EQ(server->counts().leaked, 1U);
    }
}

TEST(RecallApiServer, SaysHowLongToWaitWhereALimitIsReached)
{
    api_account account;
    account.recall.lists = 1;
    const auto server = serve(account);
    const auto url = first_url(*server);
    const auto again = test::get(server->url() + "/api/v1/recording/", key);
    EXPECT_EQ(again.status, 429U);
    EXPECT_EQ(again.header("retry-after"), "60");
    EXPECT_EQ(server->counts().over_limit, 1U);
    EXPECT_EQ(test::get(server->url() + "/api/v1/recording/x/", key).status, 404U);
    EXPECT_EQ(test::get(server->url() + url.substr(url.find('/', 8)), {}).status, 200U);
}

}  // namespace
}  // namespace rollcall::simulator
