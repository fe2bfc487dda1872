#include "harness/deployment.hpp"
#include "harness/playing.hpp"
#include "harness/reading.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <iostream>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

/// Two instances of one installation, and a world that is sent to both.
class TwoInstances : public testing::Test {
protected:
    TwoInstances()
        : rollcall{shared_broker(), settings()},
          first{rollcall.add("first")},
          second{rollcall.add("second")}
    {
    }

    static deployment::options settings()
    {
        deployment::options how;
        how.mode = promise::arrival;  // no hold: what is measured is the takeover
        how.session_timeout = 3s;
        return how;
    }

    void SetUp() override
    {
        first.start();
        ASSERT_TRUE(first.ready());
        second.start();
        ASSERT_TRUE(second.ready());
        ASSERT_TRUE(shared());
    }

    /// True once both have partitions.
    bool shared() const
    {
        return eventually(60s, [this] { return rollcall.owners() == 2; });
    }

    playing::options a_world(std::uint64_t seed, std::size_t events, double rate) const
    {
        playing::options how;
        how.world = world_of(seed, 20, events, rate);
        how.wanted.duplicated = 0.1;
        how.wanted.reordered = 0.2;
        how.player.targets = {
            simulator::parse_target(first.webhook_url()),
            simulator::parse_target(second.webhook_url())};
        // A stopped process still takes connections: the provider's ten seconds without an answer
        // become two.
        how.player.time_scale = 5;
        return how;
    }

    /// Once more what was acknowledged so far, as somebody would who presses "Resend" on all of it.
    static std::size_t resend(const playing& world, std::size_t events, const instance& to)
    {
        std::size_t sent = 0;
        for (std::size_t i = 0; i < std::min(events, world.what().told.size()); ++i)
            sent += send(world.provider().render(world.what().told[i], 0), to) / 100 == 2 ? 1 : 0;
        return sent;
    }

    deployment rollcall;
    instance& first;
    instance& second;
};

TEST_F(TwoInstances, OneStoppedLongerThanItsSessionIsFencedAndDoublesNothing)
{
    reading reader{rollcall};
    playing world{a_world(31, 2'400, 60), rollcall.file("truth.ndjson")};
    for (const auto* at : {"first", "second", "third"}) {
        ASSERT_TRUE(world.acknowledged(world.seen().acknowledged + 100, 60s));
        ASSERT_FALSE(world.over());
        first.signal(SIGSTOP);
        // Every partition is served, so those of the stopped one are somebody else's.
        const auto took = reader.until_probed(second, std::string{"stopped_"} + at);
        std::cout << "stopped: every partition served again after " << took.count() << " ms\n";
        EXPECT_GT(took, 1s) << "the stopped one had no partition";
        first.signal(SIGCONT);
        ASSERT_TRUE(shared());
    }
    world.finish();

    const auto truth = world.truth();
    EXPECT_TRUE(first.running());
    EXPECT_TRUE(second.running());
    reader.until_settled(ended_meetings(truth));
    reader.until_probed(second, "end");
    auto expected = rollcall.expected();
    expected.late_allowed = true;
    EXPECT_EQ(listed(differences(truth, reader.without_probes(), expected)), "");
}

TEST_F(TwoInstances, OneKilledTheOtherHasItsPartitionsAndTheirMemoryWithinFifteenSeconds)
{
    reading reader{rollcall};
    playing world{a_world(32, 1'200, 60), rollcall.file("truth.ndjson")};
    ASSERT_TRUE(world.acknowledged(400, 60s));
    ASSERT_FALSE(world.over());
    first.kill();
    const auto took = reader.until_probed(second, "killed");
    std::cout << "killed: the other serves every partition after " << took.count()
              << " ms (session time-out 3000 ms)\n";
    EXPECT_GT(took, 1s) << "the killed one had no partition";
    EXPECT_LT(took, 15s);
    EXPECT_GT(resend(world, 300, second), 250U);
    world.finish();

    const auto truth = world.truth();
    reader.until_settled(ended_meetings(truth));
    reader.until_probed(second, "end");
    auto expected = rollcall.expected();
    expected.mode = promise::arrival;
    expected.late_allowed = true;
    EXPECT_EQ(listed(differences(truth, reader.without_probes(), expected)), "");
}

TEST_F(TwoInstances, OneThatComesBackTakesItsShareAgain)
{
    reading reader{rollcall};
    playing world{a_world(33, 1'500, 60), rollcall.file("truth.ndjson")};
    for (auto* which : {&first, &second}) {
        ASSERT_TRUE(world.acknowledged(world.seen().acknowledged + 150, 60s));
        ASSERT_FALSE(world.over());
        EXPECT_EQ(which->stop(), (exit_status{0, 0}));
        which->start();
        ASSERT_TRUE(which->ready());
        ASSERT_TRUE(shared());
    }
    world.finish();
    const auto truth = world.truth();
    reader.until_settled(ended_meetings(truth));
    reader.until_probed(first, "end");
    auto expected = rollcall.expected();
    expected.late_allowed = true;
    EXPECT_EQ(listed(differences(truth, reader.without_probes(), expected)), "");
}

}  // namespace
}  // namespace rollcall::test
