// Recall.ai's webhooks and its files, over a real Kafka: whatever of the two there is, what is
// published is the truth.
#include "simulator/recall.hpp"

#include "polled.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<simulator::api_server> open_recall(simulator::api_options how = {})
{
    const simulator::recall provider{deployment::secrets_of("recall")};
    simulator::recall_limits limits;
    limits.lists = 60'000;
    limits.others = 60'000;
    return std::make_unique<simulator::api_server>(
        provider.open_api({.keys = {"key-only"}, .inner_url = {}, .recall = limits}), std::move(how)
    );
}

deployment::options recall_deployment(const simulator::api_server& api)
{
    auto how = polling_of(api);
    how.provider = "recall";
    return how;
}

playing::options recall_world(
    std::uint64_t seed, double lost, simulator::api_server& api, const instance& to
)
{
    auto how = a_world(seed, 600, 60, lost, api, to);
    how.provider = "recall";
    return how;
}

std::size_t via(const published& all, std::string_view way)
{
    const auto wanted = "\"via\":\"" + std::string{way} + "\"";
    const auto came = [&wanted](const console_record& each) {
        return each.value && each.value->find(wanted) != std::string::npos;
    };
    return static_cast<std::size_t>(
        std::ranges::count_if(all.attendance, came) + std::ranges::count_if(all.activity, came)
    );
}

// What a world is like, and what there has to be of it in the end.
struct recall_case {
    std::string name;
    double lost = 0;
    bool api_fails = false;
    simulator::archive_faults files{};
};
void PrintTo(const recall_case& which, std::ostream* out)
{
    *out << which.name;
}

class RecallTold : public testing::TestWithParam<recall_case> {};

TEST_P(RecallTold, EachEventIsPublishedOnceAsItWas)
{
    const auto api = open_recall();
    if (GetParam().api_fails)
        api->change_faults(three_in_ten());
    deployment rollcall{shared_broker(), recall_deployment(*api)};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    auto how = recall_world(20'260'319, GetParam().lost, *api, daemon);
    how.wanted.archive = GetParam().files;
    playing world{how, rollcall.file("truth.ndjson")};
    world.finish();
    EXPECT_EQ(differences_at_the_end(world, rollcall, reader, daemon), "");

    const auto downloaded = via(reader.without_probes(), "download");
    std::cout << "by download: " << downloaded << "; " << to_text(api->counts()) << '\n';
    EXPECT_TRUE(downloaded > 0 || GetParam().lost == 0);
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

const recall_case told[] = {
    {.name = "ByBothWays"},
    {.name = "ByFilesAlone", .lost = 1},
    {.name = "ByBothWhereThreeInTenWebhooksAreLost", .lost = 0.3},
    {.name = "ByFilesAloneOfAnApiThatFails", .lost = 1, .api_fails = true},
    {.name = "WithoutSomeFiles",
     .lost = 0.3,
     .files = {.failed = 0.3, .deleted = 0.2, .processing = 2s}},
    {.name = "WithTimesOfAnotherPrecision", .lost = 0.3, .files = {.digits = 3}},
    {.name = "WithRowsInNoOrder", .lost = 0.3, .files = {.processing = 3s, .shuffled = true}},
};
INSTANTIATE_TEST_SUITE_P(Worlds, RecallTold, testing::ValuesIn(told), [](const auto& each) {
    return each.param.name;
});

// What comes after the files have been read was read in them.
TEST(RecallFiles, MayComeBeforeTheWebhooks)
{
    const auto api = open_recall();
    deployment rollcall{shared_broker(), recall_deployment(*api)};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    auto how = recall_world(20'260'320, 0, *api, daemon);
    how.wanted.backlog = 20s;
    playing world{how, rollcall.file("truth.ndjson")};
    world.finish();
    EXPECT_EQ(differences_at_the_end(world, rollcall, reader, daemon), "");
    EXPECT_GT(via(reader.without_probes(), "download"), 0U);
}

// Seventy of the provider's seconds: the endpoints of the meetings that went on are dead.
TEST(RecallEndpoint, ThatDiedIsMadeGoodByTheFiles)
{
    const auto api = open_recall();
    deployment rollcall{shared_broker(), recall_deployment(*api)};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    auto how = recall_world(20'260'321, 0, *api, daemon);
    how.player.time_scale = 20;
    playing world{how, rollcall.file("truth.ndjson")};
    ASSERT_TRUE(world.acknowledged(world.what().planned.deliveries.size() / 3, 1min));
    daemon.kill();
    // As long as it takes the provider to give endpoints up.
    ASSERT_TRUE(eventually(60s, [&] { return world.seen().given_up > 0; }));
    daemon.start();
    const auto sent = world.finish();
    EXPECT_GT(sent.given_up, 0U);
    EXPECT_EQ(differences_at_the_end(world, rollcall, reader, daemon), "");
    EXPECT_GT(via(reader.without_probes(), "download"), 0U);
}

TEST(RecallDaemon, MayBeKilledWhileItReadsFiles)
{
    const auto api = open_recall();
    deployment rollcall{shared_broker(), recall_deployment(*api)};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    playing world{recall_world(20'260'322, 0.5, *api, daemon), rollcall.file("truth.ndjson")};
    for (int kills = 0; kills < 3; ++kills) {
        ASSERT_TRUE(asked(*api, 25));
        daemon.kill();
        daemon.start();
        ASSERT_TRUE(daemon.listening());
    }
    world.finish();
    ASSERT_TRUE(daemon.ready());
    EXPECT_EQ(differences_at_the_end(world, rollcall, reader, daemon), "");
}

}  // namespace
}  // namespace rollcall::test
