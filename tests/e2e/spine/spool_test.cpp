// Kafka goes away under load: webhooks are answered from the local disk, and all of them are
// published once when it is back.
#include "intake/spool.hpp"

#include "harness/deployment.hpp"
#include "harness/playing.hpp"
#include "harness/reading.hpp"
#include "harness/strace.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"
#include "support/small_disk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <memory>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

playing::options a_world(std::uint64_t seed, std::size_t events, double rate, const instance& to)
{
    playing::options how;
    how.world = world_of(seed, 40, events, rate);
    how.wanted.duplicated = 0.05;
    how.player.targets = {simulator::parse_target(to.webhook_url())};
    return how;
}

std::int64_t ms_since(std::chrono::steady_clock::time_point then)
{
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - then)
        .count();
}

class Spooling : public testing::Test {
protected:
    void start(const deployment::options& how = {})
    {
        kafka.start();
        rollcall = std::make_unique<deployment>(kafka.address(), how);
        daemon = &rollcall->add("only");
        daemon->start();
        ASSERT_TRUE(daemon->ready());
    }

    // What the topics hold once everything has come, against what happened.
    void expect_the_truth(const playing& world)
    {
        const auto truth = world.truth();
        ASSERT_TRUE(daemon->ready());
        reading reader{*rollcall};
        reader.until_settled(ended_meetings(truth));
        reader.until_probed(*daemon, "end");
        auto expected = rollcall->expected();
        expected.late_allowed = true;  // what was spooled comes when it comes
        EXPECT_EQ(listed(differences(truth, reader.without_probes(), expected)), "");
    }
    void expect_a_clean_end() { EXPECT_EQ(daemon->stop(), (exit_status{0, 0})); }

    // Fills the spool until deliveries are given up, and lets Kafka come back.
    void expect_refusals_until_there_is_room()
    {
        playing world{a_world(57, 3'000, 150, *daemon), rollcall->file("truth.ndjson")};
        ASSERT_TRUE(world.acknowledged(300, 120s));
        kafka.kill();
        const auto given_up = world.seen().given_up.load();
        ASSERT_TRUE(eventually(60s, [&] { return world.seen().given_up > given_up; }));
        kafka.start();
        ASSERT_TRUE(eventually(60s, [&] {
            return get(daemon->ops_url("/readyz")).body == "ready\n";
        }));
        world.finish();
        expect_the_truth(world);
        expect_a_clean_end();
    }

    broker kafka;
    std::unique_ptr<deployment> rollcall;
    instance* daemon = nullptr;
};

TEST_F(Spooling, KafkaGoesAwayAndComesBackAndNoSenderNotices)
{
    ASSERT_NO_FATAL_FAILURE(start());

    playing world{a_world(55, 8'000, 200, *daemon), rollcall->file("truth.ndjson")};
    for (int twice = 0; twice < 2; ++twice) {
        ASSERT_TRUE(world.acknowledged(world.seen().acknowledged + 500, 120s));
        kafka.kill();
        // More than any queue on the way would hold.
        ASSERT_TRUE(world.acknowledged(world.seen().acknowledged + 1'000, 120s));
        EXPECT_THAT(
            get(daemon->ops_url("/readyz")).body, testing::StartsWith("degraded: spooling, ")
        );
        kafka.start();
        ASSERT_TRUE(eventually(60s, [&] {
            return get(daemon->ops_url("/readyz")).body == "ready\n";
        }));
        ASSERT_FALSE(world.over());
    }
    const auto came = world.finish();
    EXPECT_EQ(came.attempts, came.deliveries) << "some were refused";
    EXPECT_LT(came.latency.quantile_ms(1), 2'000);
    expect_the_truth(world);
    expect_a_clean_end();
}

// Recall.ai gives an endpoint up for good when a delivery has failed 60 times, a second apart.
TEST_F(Spooling, KafkaIsAwayForTwoMinutesAndTheDaemonIsKilledTwiceMeanwhile)
{
    deployment::options how;
    how.provider = "recall";
    ASSERT_NO_FATAL_FAILURE(start(how));

    auto wanted = a_world(56, 58'000, 340, *daemon);  // about 500 deliveries a second
    wanted.provider = how.provider;
    playing world{wanted, rollcall->file("truth.ndjson")};
    ASSERT_TRUE(world.acknowledged(2'000, 120s));
    kafka.kill();
    const auto begun = std::chrono::steady_clock::now();
    const auto before = world.seen().acknowledged.load();
    const auto wait_until = [&](std::int64_t ms) {
        return eventually(60s, [&] { return ms_since(begun) >= ms; });
    };
    for (const std::int64_t ms : {40'000, 80'000}) {
        ASSERT_TRUE(wait_until(ms));
        daemon->kill();
        daemon->start();
        const auto restarted = std::chrono::steady_clock::now();
        ASSERT_TRUE(daemon->listening());
        std::cout << "listening again after " << ms_since(restarted) << " ms\n";
    }
    ASSERT_TRUE(wait_until(120'000));
    std::cout << world.seen().acknowledged - before << " acknowledged in these two minutes\n";
    ASSERT_FALSE(world.over());
    kafka.start();
    const auto came = world.finish();
    EXPECT_EQ(came.given_up, 0U);
    EXPECT_LT(came.longest_run, 60U);
    expect_the_truth(world);
    std::cout << "all of it published " << ms_since(begun) << " ms after Kafka had gone\n";
    expect_a_clean_end();
}

TEST_F(Spooling, WhatTheDiskDoesNotTakeIsNotAcknowledged)
{
    ASSERT_NO_FATAL_FAILURE(start());

    playing world{a_world(58, 3'000, 150, *daemon), rollcall->file("truth.ndjson")};
    ASSERT_TRUE(world.acknowledged(300, 120s));
    kafka.kill();
    ASSERT_TRUE(world.acknowledged(world.seen().acknowledged + 300, 120s));
    const auto refused = world.seen().attempts - world.seen().acknowledged;
    {
        const strace disk{*daemon, "fdatasync,fsync:error=EIO", rollcall->file("strace.log")};
        ASSERT_TRUE(eventually(60s, [&] {
            return disk.injected() >= 20 &&
                   world.seen().attempts - world.seen().acknowledged >= refused + 50;
        }));
    }
    ASSERT_TRUE(world.acknowledged(world.seen().acknowledged + 300, 120s));
    kafka.start();
    world.finish();
    expect_the_truth(world);
    expect_a_clean_end();
}

// The first sync of the disk once Kafka is back is that of a removal: what was removed is in Kafka
// already, and is sent on again.
TEST_F(Spooling, WhatWasSentOnAndNotRemovedYetIsPublishedOnce)
{
    ASSERT_NO_FATAL_FAILURE(start());

    playing world{a_world(59, 900, 300, *daemon), rollcall->file("truth.ndjson")};
    ASSERT_TRUE(world.acknowledged(100, 120s));
    kafka.kill();
    world.finish();
    {
        const strace disk{
            *daemon, "fdatasync,fsync:signal=KILL:when=3", rollcall->file("strace.log")};
        kafka.start();
        ASSERT_TRUE(eventually(60s, [&] { return !daemon->running(); }));
    }
    daemon->kill();  // it is dead: what is left of it goes
    daemon->start();
    expect_the_truth(world);
    expect_a_clean_end();
}

TEST_F(Spooling, WhatIsFullSaysSoAndGoesOnWhenThereIsRoom)
{
    deployment::options how;
    how.spool_bytes = "200KiB";
    ASSERT_NO_FATAL_FAILURE(start(how));
    expect_refusals_until_there_is_room();
}

// The spool may grow to 1 GiB, its disk has some 3 MiB beside the reserve.
TEST_F(Spooling, AFullDiskSaysSoAndGoesOnWhenThereIsRoom)
{
    const small_disk disk{spool_reserve_bytes + (3 << 20)};
    deployment::options how;
    how.spool_directory = disk.path();
    ASSERT_NO_FATAL_FAILURE(start(how));
    expect_refusals_until_there_is_room();
    EXPECT_THAT(read_file(daemon->log()), testing::HasSubstr("disk"));
}

}  // namespace
}  // namespace rollcall::test
