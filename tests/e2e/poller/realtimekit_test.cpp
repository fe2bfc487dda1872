// RealtimeKit by webhook, by poll and by both: whatever is lost on either way, and whoever dies,
// what is published is the truth.
#include "simulator/realtimekit.hpp"

#include "polled.hpp"
#include "simulator/dice.hpp"
#include "simulator/realtimekit_api.hpp"
#include "simulator/truth.hpp"
#include "support/broker.hpp"
#include "support/console_reader.hpp"
#include "support/eventually.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using simulator::realtimekit;
using simulator::realtimekit_api;

std::unique_ptr<simulator::api_server> open_kit(std::size_t requests_in_five_minutes = 1'000'000)
{
    const realtimekit provider{deployment::secrets_of("realtimekit")};
    return std::make_unique<simulator::api_server>(
        provider.open_api(
            {{"key-only", "key-first", "key-second"}, ""},
            {.requests = requests_in_five_minutes, .window = 300s}
        ),
        simulator::api_options{}
    );
}

deployment::options kit_polling_of(const simulator::api_server& api)
{
    auto how = polling_of(api);
    how.provider = "realtimekit";
    how.poll->base_url += realtimekit_api::base_path;
    how.key_url = api.url() + "/.well-known/webhooks.json";
    return how;
}

playing::options kit_world(
    std::uint64_t seed,
    std::size_t events,
    double rate,
    double lost,
    simulator::api_server& api,
    const instance& to
)
{
    auto how = a_world(seed, events, rate, lost, api, to);
    how.provider = "realtimekit";
    return how;
}

struct kit_losses {
    double webhooks = 0;
    bool polls = false;  ///< three in ten of them fail
};

std::string name_of(const kit_losses& lost)
{
    return std::to_string(static_cast<int>(lost.webhooks * 100)) + "OfWebhooks" +
           (lost.polls ? "And30OfPolls" : "");
}
void PrintTo(const kit_losses& lost, std::ostream* out)
{
    *out << name_of(lost);
}

class RealtimekitLost : public testing::TestWithParam<kit_losses> {};

TEST_P(RealtimekitLost, WhatEitherWayBringsIsPublishedOnce)
{
    const auto api = open_kit();
    if (GetParam().polls)
        api->change_faults(three_in_ten());
    deployment rollcall{shared_broker(), kit_polling_of(*api)};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    playing world{
        kit_world(20'261'122, 600, 60, GetParam().webhooks, *api, daemon),
        rollcall.file("truth.ndjson")};
    world.finish();
    EXPECT_EQ(differences_at_the_end(world, rollcall, reader, daemon), "");
    std::cout << to_text(api->counts()) << '\n';
    EXPECT_EQ(api->counts().refused, 0U);
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

INSTANTIATE_TEST_SUITE_P(
    Shares,
    RealtimekitLost,
    testing::Values(
        kit_losses{0, false},
        kit_losses{0.3, false},
        kit_losses{0.3, true},
        kit_losses{1, false},
        kit_losses{1, true}
    ),
    [](const auto& param) { return name_of(param.param); }
);

TEST(RealtimekitKilledWhilePolling, TenTimesItPublishesEverythingOnce)
{
    constexpr std::uint64_t seed = 9'139;
    const auto api = open_kit();
    auto how = kit_polling_of(*api);
    how.session_timeout = 2s;
    deployment rollcall{shared_broker(), how};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    playing world{kit_world(seed, 1'200, 14, 0.5, *api, daemon), rollcall.file("truth.ndjson")};
    auto chance = simulator::dice::for_purpose(seed, "kills");
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(daemon.ready());
        ASSERT_TRUE(asked(*api, static_cast<std::uint64_t>(chance.between(1, 60))));
        ASSERT_FALSE(world.over()) << "the world was too small for so many deaths";
        daemon.kill();
        daemon.start();
    }
    world.finish();
    ASSERT_TRUE(daemon.ready());
    EXPECT_EQ(differences_at_the_end(world, rollcall, reader, daemon), "");
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

TEST(TwoInstancesPollingRealtimekit, PublishEverythingOnceThoughOneDies)
{
    const auto api = open_kit();
    auto how = kit_polling_of(*api);
    how.session_timeout = 3s;
    deployment rollcall{shared_broker(), how};
    auto& first = rollcall.add("first");
    auto& second = rollcall.add("second");
    for (auto* each : {&first, &second}) {
        each->start();
        ASSERT_TRUE(each->ready());
    }
    ASSERT_TRUE(eventually(60s, [&] { return rollcall.owners() == 2; }));

    reading reader{rollcall};
    auto options = kit_world(35, 900, 30, 0.5, *api, first);
    options.player.targets.push_back(simulator::parse_target(second.webhook_url()));
    options.player.time_scale = 5;
    playing world{options, rollcall.file("truth.ndjson")};
    ASSERT_TRUE(asked(*api, 100));
    first.kill();
    ASSERT_TRUE(asked(*api, 60));
    first.start();
    ASSERT_TRUE(first.ready());
    ASSERT_TRUE(asked(*api, 60));
    EXPECT_EQ(second.stop(), (exit_status{0, 0}));
    EXPECT_FALSE(world.over()) << "the world was too small for so many moves";
    world.finish();
    EXPECT_EQ(differences_at_the_end(world, rollcall, reader, first), "");
    std::cout << to_text(api->counts()) << '\n';
}

// A webhook as senders of before the renaming have it.
std::string without_session(std::string body)
{
    const auto at = body.find(R"("sessionId":")");
    const auto end = body.find("\",", at) + 2;
    return body.erase(at, end - at);
}

std::size_t times_published(const published& all, const std::string& peer, const std::string& at)
{
    return static_cast<std::size_t>(std::ranges::count_if(all.attendance, [&](const auto& each) {
        return each.header("ce_subject") == peer && each.header("ce_time") == at &&
               each.header("ce_type") == "rollcall.participant.joined";
    }));
}

TEST(RealtimekitWithoutSession, IsBookedToTheSessionThatBeganThen)
{
    const auto api = open_kit();
    deployment rollcall{shared_broker(), kit_polling_of(*api)};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    playing world{kit_world(77, 200, 60, 1, *api, daemon), rollcall.file("truth.ndjson")};
    const auto& by = dynamic_cast<const realtimekit&>(world.provider());
    const auto send_to_daemon = [&](const std::string& body) {
        auto sent = realtimekit::post(body, "delivery");
        by.sign(sent, {});
        return eventually(10s, [&] { return send(sent, daemon) == 200; });
    };
    world.finish();
    std::vector<std::pair<std::string, std::string>> joined;  // who, and when
    for (const auto& each : world.what().told) {
        if (!each.expected || each.expected->kind != "participant.joined" || joined.size() == 20)
            continue;
        ASSERT_TRUE(send_to_daemon(without_session(to_compact_json(each.content))));
        joined.emplace_back(each.expected->who->id, simulator::to_text(each.expected->occurred_at));
    }
    ASSERT_EQ(joined.size(), 20U);
    // One that belongs to no session is given up when the API has told all that it knows.
    auto unknown = without_session(to_compact_json(world.what().told.front().content));
    const auto started = unknown.find(R"("startedAt":"2)");
    unknown.replace(started + 13, 4, "2025");
    ASSERT_TRUE(send_to_daemon(unknown));

    console_reader dead{rollcall.kafka(), rollcall.topic("deadletter")};
    const auto letters = dead.read_until([](const auto& read) { return !read.empty(); });
    EXPECT_EQ(letters.front().value, unknown);
    EXPECT_EQ(letters.front().header("rollcall-where"), "meeting.sessionId");
    EXPECT_EQ(differences_at_the_end(world, rollcall, reader, daemon), "");
    const auto all = reader.without_probes();
    for (const auto& [peer, at] : joined)
        EXPECT_EQ(times_published(all, peer, at), 1U) << peer << ' ' << at;
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
