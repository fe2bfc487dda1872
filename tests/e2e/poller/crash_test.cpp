#include "polled.hpp"
#include "simulator/dice.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"

#include <gtest/gtest.h>

#include <iostream>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

TEST(KilledWhilePolling, TwentyTimesItPublishesEverythingOnce)
{
    constexpr std::uint64_t seed = 9'138;
    const auto api = open_api();
    auto how = polling_of(*api);
    how.session_timeout = 2s;
    deployment rollcall{shared_broker(), how};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    playing world{a_world(seed, 2'000, 14, 0.5, *api, daemon), rollcall.file("truth.ndjson")};
    auto chance = simulator::dice::for_purpose(seed, "kills");
    std::cout << "kill -9, seed=" << seed << ':';
    for (int i = 0; i < 20; ++i) {
        // Most times while it polls; else it may die before, or while it restores.
        if (chance.chance(0.8)) {
            ASSERT_TRUE(daemon.ready());
            ASSERT_TRUE(asked(*api, static_cast<std::uint64_t>(chance.between(1, 60))));
        } else {
            const auto more = static_cast<std::uint64_t>(chance.between(1, 20));
            ASSERT_TRUE(world.acknowledged(world.seen().acknowledged + more, 60s));
        }
        ASSERT_FALSE(world.over()) << "the world was too small for so many deaths";
        std::cout << ' ' << api->counts().requests;
        daemon.kill();
        daemon.start();
    }
    std::cout << " requests before each\n";
    world.finish();
    ASSERT_TRUE(daemon.ready());
    EXPECT_EQ(differences_at_the_end(world, rollcall, reader, daemon), "");
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

TEST(KafkaKilledWhilePolling, CursorsWaitAndNothingIsLostOrDoubled)
{
    broker kafka;
    kafka.start();
    const auto api = open_api();
    deployment rollcall{kafka.address(), polling_of(*api)};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    playing world{a_world(78, 1'200, 30, 0.5, *api, daemon), rollcall.file("truth.ndjson")};
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(asked(*api, 60));
        kafka.kill();
        // The daemon has noticed: webhooks are spooled, and nothing that is polled can be stored.
        ASSERT_TRUE(eventually(60s, [&] {
            return get(daemon.ops_url("/readyz")).body.starts_with("degraded: spooling");
        }));
        kafka.start();
        ASSERT_TRUE(world.acknowledged(world.seen().acknowledged + 10, 60s));
        ASSERT_FALSE(world.over());
    }
    world.finish();
    ASSERT_TRUE(daemon.ready());
    reading reader{rollcall};
    EXPECT_EQ(differences_at_the_end(world, rollcall, reader, daemon), "");
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
