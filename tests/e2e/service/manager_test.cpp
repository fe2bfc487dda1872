// The daemon under a service manager: what it tells it, and a watchdog that bites where the daemon
// does not go on.
#include "harness/deployment.hpp"
#include "support/broker.hpp"
#include "support/frozen_thread.hpp"
#include "support/notify_receiver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Optional;

// Short, so that a test sees it bite: longer than any wait of the daemon's while Kafka answers.
constexpr auto watchdog = 2s;

launch under(const notify_receiver& manager)
{
    const auto us = std::chrono::microseconds{watchdog}.count();
    return {
        .environment = {
            {"NOTIFY_SOCKET", manager.address()}, {"WATCHDOG_USEC", std::to_string(us)}}};
}

// Whether the manager would have killed it within `time`.
bool bites_within(notify_receiver& manager, std::chrono::milliseconds time)
{
    const auto until = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < until)
        if (!manager.until("WATCHDOG=1", watchdog))
            return true;
    return false;
}

TEST(UnderAManager, TellsWhenItIsReadyHowItIsAndThatItStops)
{
    deployment rollcall{shared_broker(), {}};
    auto& daemon = rollcall.add("only");
    notify_receiver manager{notify_receiver::name::abstract};
    daemon.start(under(manager));
    EXPECT_TRUE(manager.until("READY=1", 30s));
    EXPECT_THAT(
        manager.until("STATUS=ready; ", 60s),
        Optional(std::string{"STATUS=ready; 1 source, 4 partitions, 0 records spooled"})
    );
    EXPECT_TRUE(manager.until("WATCHDOG=1", 30s));
    EXPECT_FALSE(bites_within(manager, 3s));
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
    EXPECT_TRUE(manager.until("STOPPING=1", 1s));
}

TEST(UnderAManager, FeedsNoWatchdogWhileTheRelayOrAListenerIsStuck)
{
    deployment rollcall{shared_broker(), {}};
    auto& daemon = rollcall.add("only");
    notify_receiver manager;
    daemon.start(under(manager));
    ASSERT_TRUE(daemon.ready());
    for (const std::string name : {"relay", "hooks"}) {
        std::optional<frozen_thread> stuck{std::in_place, daemon.process_id(), name};
        EXPECT_TRUE(bites_within(manager, 10s)) << name;
        EXPECT_THAT(read_file(daemon.log()), HasSubstr("\"silent\":\"" + name));
        stuck.reset();
        EXPECT_FALSE(bites_within(manager, 3s)) << name << " goes on again";
    }
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

TEST(UnderAManager, IsReadyAndGoesOnWhileKafkaIsAway)
{
    broker kafka;
    kafka.start();
    deployment rollcall{kafka.address(), {}};
    auto& daemon = rollcall.add("only");
    kafka.kill();
    notify_receiver manager;
    daemon.start(under(manager));
    EXPECT_TRUE(manager.until("READY=1", 30s)) << "webhooks are taken, whatever Kafka does";
    EXPECT_TRUE(manager.until("STATUS=waiting for Kafka; ", 30s));
    kafka.start();
    EXPECT_TRUE(manager.until("STATUS=ready; ", 60s));
    manager.take_all();
    kafka.kill();
    // Each wait for Kafka has an end: the loop turns.
    int fed = 0;
    const auto until = std::chrono::steady_clock::now() + 8s;
    while (std::chrono::steady_clock::now() < until)
        fed += manager.until("WATCHDOG=1", 8s) ? 1 : 0;
    EXPECT_GE(fed, 2);
    kafka.start();
    ASSERT_TRUE(daemon.ready());
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
