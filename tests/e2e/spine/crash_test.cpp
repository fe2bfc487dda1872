#include "harness/deployment.hpp"
#include "harness/playing.hpp"
#include "harness/reading.hpp"
#include "simulator/dice.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"

#include <gtest/gtest.h>

#include <iostream>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

playing::options a_world(std::uint64_t seed, std::size_t events, double rate, const instance& to)
{
    playing::options how;
    how.world = world_of(seed, 20, events, rate);
    how.wanted.duplicated = 0.1;
    how.wanted.reordered = 0.2;
    how.player.targets = {simulator::parse_target(to.webhook_url())};
    return how;
}

TEST(Killed, TwentyTimesWhileEventsFlowItPublishesWhatItAcknowledgedOnce)
{
    constexpr std::uint64_t seed = 9'137;
    deployment::options how;
    how.log_level = "debug";  // also then nobody's name is in it
    how.session_timeout = 2s;
    deployment rollcall{shared_broker(), how};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    playing world{a_world(seed, 2'000, 22, daemon), rollcall.file("truth.ndjson")};
    auto chance = simulator::dice::for_purpose(seed, "kills");
    std::cout << "kill -9, seed=" << seed << ':';
    for (int i = 0; i < 20; ++i) {
        // Every other time it has its partitions again; else it may die before, or while it
        // restores.
        const bool waits = chance.chance(0.5);
        ASSERT_TRUE(!waits || daemon.ready());
        const auto more = static_cast<std::uint64_t>(chance.between(1, 40));
        ASSERT_TRUE(world.acknowledged(world.seen().acknowledged + more, 60s));
        ASSERT_FALSE(world.over()) << "the world was too small for so many deaths";
        std::cout << ' ' << world.seen().acknowledged;
        daemon.kill();
        daemon.start();
    }
    std::cout << " acknowledged before each\n";
    world.finish();

    const auto truth = world.truth();
    ASSERT_TRUE(daemon.ready());
    reader.until_settled(ended_meetings(truth));
    reader.until_probed(daemon, "end");
    auto expected = rollcall.expected();
    expected.late_allowed = true;  // what was repeated after a death comes later than the hold
    EXPECT_EQ(listed(differences(truth, reader.without_probes(), expected)), "");
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

TEST(Terminated, WhileEventsFlowItEndsWellAndWhatItAcknowledgedIsStored)
{
    deployment rollcall{shared_broker(), {}};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    playing world{a_world(4'242, 1'000, 150, daemon), rollcall.file("truth.ndjson")};
    for (const std::uint64_t at : {100U, 300U, 500U}) {
        ASSERT_TRUE(world.acknowledged(at, 60s));
        ASSERT_FALSE(world.over());
        const auto status = daemon.stop();
        ASSERT_TRUE(status.has_value());
        EXPECT_EQ(*status, (exit_status{0, 0}));
        daemon.start();
    }
    world.finish();

    const auto truth = world.truth();
    ASSERT_TRUE(daemon.ready());
    reader.until_settled(ended_meetings(truth));
    reader.until_probed(daemon, "end");
    auto expected = rollcall.expected();
    expected.late_allowed = true;
    EXPECT_EQ(listed(differences(truth, reader.without_probes(), expected)), "");
}

TEST(KafkaKilled, WithoutASpoolNothingAcknowledgedIsLostOrDoubledAndNobodyHelps)
{
    broker kafka;
    kafka.start();
    deployment::options how;
    how.spool_bytes = "0B";
    deployment rollcall{kafka.address(), how};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    playing world{a_world(77, 2'200, 60, daemon), rollcall.file("truth.ndjson")};
    for (const std::uint64_t at : {200U, 600U}) {
        ASSERT_TRUE(world.acknowledged(at, 60s));
        ASSERT_FALSE(world.over());
        const auto given_up = world.seen().given_up.load();
        kafka.kill();
        // The daemon has noticed, and so has the provider: nothing is acknowledged that is not
        // stored.
        ASSERT_TRUE(eventually(60s, [&] {
            return world.seen().given_up > given_up || world.over();
        }));
        kafka.start();
        const auto back = std::chrono::steady_clock::now();
        const auto before = world.seen().acknowledged.load();
        ASSERT_TRUE(world.acknowledged(before + 1, 60s));
        const auto took = std::chrono::steady_clock::now() - back;
        ASSERT_FALSE(world.over()) << "it did not recover";
        std::cout << "Kafka is back: webhooks are taken again after "
                  << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms\n";
    }
    world.finish();

    const auto truth = world.truth();
    ASSERT_TRUE(daemon.ready());
    reading reader{rollcall};
    reader.until_settled(ended_meetings(truth));
    reader.until_probed(daemon, "end");
    auto expected = rollcall.expected();
    expected.late_allowed = true;
    EXPECT_EQ(listed(differences(truth, reader.without_probes(), expected)), "");
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
