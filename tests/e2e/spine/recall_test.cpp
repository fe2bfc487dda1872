// Recall.ai's two families of webhooks, over a real Kafka: what is published is the truth.
#include "harness/deployment.hpp"
#include "harness/playing.hpp"
#include "harness/reading.hpp"
#include "support/broker.hpp"

#include <gtest/gtest.h>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

deployment::options recall_deployment()
{
    deployment::options how;
    how.provider = "recall";
    how.hold = 3s;  // reordering and a busy machine stay below it: nothing may be late
    return how;
}

playing::options recall_world(std::uint64_t seed, const instance& to)
{
    playing::options how;
    how.provider = "recall";
    how.world = world_of(seed, 20, 2'000, 200);
    how.player.targets = {simulator::parse_target(to.webhook_url())};
    return how;
}

TEST(Recall, IsPublishedOnceThoughItsWebhooksAreDoubledAndOvertaken)
{
    deployment rollcall{shared_broker(), recall_deployment()};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    auto how = recall_world(20'260'317, daemon);
    how.wanted.duplicated = 0.1;  // half of them by a second endpoint of the same bot
    how.wanted.reordered = 0.2;
    how.wanted.reorder_span = 800ms;
    playing world{how, rollcall.file("truth.ndjson")};
    EXPECT_EQ(world.finish().given_up, 0U);

    const auto truth = world.truth();
    reader.until_settled(ended_meetings(truth));
    reader.until_probed(daemon, "end");
    EXPECT_EQ(listed(differences(truth, reader.without_probes(), rollcall.expected())), "");
    EXPECT_EQ(ended_meetings(truth), 18U);  // two bots were not let in: nothing was recorded
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

// In the middle of the world, when no recording starts or ends: a status webhook that fails twice
// comes minutes later.
TEST(Recall, LosesNothingWhileTheReceiverIsDownForLessThanSixtyAttempts)
{
    deployment rollcall{shared_broker(), recall_deployment()};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    auto how = recall_world(20'260'318, daemon);
    how.player.time_scale = 4;  // 60 attempts in a quarter of a minute
    playing world{how, rollcall.file("truth.ndjson")};
    ASSERT_TRUE(world.acknowledged(world.what().planned.deliveries.size() * 2 / 5, 1min));
    daemon.kill();
    const auto before = world.seen().attempts.load();
    ASSERT_TRUE(world.attempted(before + 500, 1min));
    daemon.start();

    const auto sent = world.finish();
    EXPECT_EQ(sent.given_up, 0U);
    EXPECT_GT(sent.attempts, sent.deliveries + 400);
    const auto truth = world.truth();
    reader.until_settled(ended_meetings(truth));
    ASSERT_TRUE(daemon.ready());
    reader.until_probed(daemon, "end");
    auto expected = rollcall.expected();
    expected.late_allowed = true;  // what was repeated came later than the hold
    EXPECT_EQ(listed(differences(truth, reader.without_probes(), expected)), "");
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
