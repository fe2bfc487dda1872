#include "simulator/realtimekit_api.hpp"

#include "simulator/performance.hpp"
#include "support/fixtures.hpp"

#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <set>

namespace rollcall::simulator {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::string base{realtimekit_api::base_path};

/// A world that is over, and its API.
class RealtimekitApi : public testing::Test {
protected:
    RealtimekitApi()
    {
        world_options options;
        options.seed = 11;
        what = prepare(options, provider, {instant{std::chrono::seconds{1'786'698'000}}, 1}, {});
        served->show(what, begin, false);
    }

    api_answer ask(const std::string& target, milliseconds when = 24h, std::string method = "GET")
    {
        api_request asked{std::move(method), target, "Bearer key-1", "application/json"};
        return served->answer(asked, begin + when, hostility::none);
    }
    rapidjson::Document read(const std::string& target, milliseconds when = 24h)
    {
        rapidjson::Document document;
        document.Parse(ask(base + target, when).body.c_str());
        return document;
    }

    /// A meeting that nobody enters has no session.
    std::set<std::string> begun() const
    {
        std::set<std::string> sessions;
        for (const auto& each : what.told)
            if (each.expected)
                sessions.insert(each.meeting_id);
        return sessions;
    }

    const realtimekit provider{test::fixture("realtimekit/signature/test_rsa_current_private.pem")};
    std::unique_ptr<api> served = provider.open_api({{"key-1"}, ""}, {.requests = 10});
    const steady_time begin{};
    performance what;
};

TEST_F(RealtimekitApi, TellsOfEachSessionOnceItHasBegun)
{
    EXPECT_EQ(read("/sessions?status=LIVE", 0ms)["data"]["sessions"].Size(), 0U);
    const auto all = read("/sessions?per_page=100");
    EXPECT_EQ(all["data"]["sessions"].Size(), begun().size());
    EXPECT_EQ(all["paging"]["total_count"].GetUint(), begun().size());
    EXPECT_EQ(read("/sessions?status=LIVE")["data"]["sessions"].Size(), 0U);
    const auto page = read("/sessions?per_page=7&page_no=2");
    EXPECT_EQ(page["data"]["sessions"].Size(), 7U);
    EXPECT_EQ(page["paging"]["start_offset"].GetUint(), 8U);
}

TEST_F(RealtimekitApi, TellsWhoCameAndWentAndWhoCameBack)
{
    std::size_t events = 0, joins = 0, rejoined = 0;
    for (const auto& session : begun()) {
        const auto people =
            read("/sessions/" + session + "/participants?include_peer_events=true&per_page=200");
        for (const auto& row : people["data"]["participants"].GetArray()) {
            std::size_t mine = 0;
            for (const auto& event : row["peer_events"].GetArray()) {
                const std::string name = event["event_name"].GetString();
                mine += name == "PEER_JOINING" ? 1U : 0U;
                events += name == "PEER_JOINING" || name == "PEER_LEAVING" ? 1U : 0U;
            }
            joins += mine;
            rejoined += mine > 1 ? 1U : 0U;
        }
    }
    std::size_t told = 0;
    for (const auto& each : what.told)
        told += each.expected && each.expected->who ? 1U : 0U;
    EXPECT_EQ(events, told);
    EXPECT_GT(rejoined, 0U) << "a peer has several stays";
    EXPECT_GT(joins, 0U);
}

TEST_F(RealtimekitApi, RefusesAsTheRealOneDoes)
{
    EXPECT_EQ(ask(base + "/sessions?page_no=0").status, 400U);
    EXPECT_EQ(ask(base + "/sessions?per_page=101").status, 400U);
    EXPECT_EQ(ask(base + "/sessions/nobody").status, 404U);
    EXPECT_THAT(ask("/client/v4/other").body, HasSubstr("7003"));
    EXPECT_EQ(ask(base + "/sessions", 24h, "PUT").status, 405U);
    const api_request stranger{"GET", base + "/sessions", "Bearer key-2", {}};
    EXPECT_FALSE(served->is_authorised(stranger));
    EXPECT_EQ(served->answer(stranger, begin, hostility::none).status, 401U);
}

TEST_F(RealtimekitApi, AllowsSoManyRequestsInFiveMinutes)
{
    const api_request asked{"GET", base + "/sessions", "Bearer key-1", {}};
    for (int i = 0; i < 10; ++i)
        EXPECT_FALSE(served->over_limit(asked, begin + i * 1s));
    EXPECT_EQ(served->over_limit(asked, begin + 10s), 290s);
    EXPECT_FALSE(served->over_limit(asked, begin + 300s));
    const auto answer = served->answer(asked, begin + 300s, hostility::none);
    const auto left =
        std::ranges::find(answer.headers, "Ratelimit", [](const auto& each) { return each.first; });
    ASSERT_NE(left, answer.headers.end());
    EXPECT_EQ(left->second, "\"default\";r=0;t=300");
}

TEST_F(RealtimekitApi, ShowsTheKeyToEverybody)
{
    const api_request asked{"GET", "/.well-known/webhooks.json", {}, {}};
    EXPECT_TRUE(served->is_authorised(asked));
    EXPECT_THAT(served->answer(asked, begin, hostility::none).body, HasSubstr("BEGIN PUBLIC KEY"));
}

}  // namespace
}  // namespace rollcall::simulator
