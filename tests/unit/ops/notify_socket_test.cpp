#include "ops/notify_socket.hpp"

#include "support/notify_receiver.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using test::notify_receiver;

class NotifySocket : public testing::TestWithParam<notify_receiver::name> {};

TEST_P(NotifySocket, SendsOneDatagramOfAssignments)
{
    notify_receiver manager{GetParam()};
    const notify_socket to{manager.address()};
    EXPECT_TRUE(to.anybody_listens());
    EXPECT_EQ(to.send({{"READY", "1"}, {"STATUS", "ready, 12 partitions"}}), error_code{});
    EXPECT_EQ(manager.next(1s), "READY=1\nSTATUS=ready, 12 partitions\n");
}

TEST_P(NotifySocket, LetsNoValueBecomeAnotherAssignment)
{
    notify_receiver manager{GetParam()};
    const notify_socket to{manager.address()};
    EXPECT_EQ(to.send({{"STATUS", "a\nWATCHDOG=trigger\n"}, {"X", "1"}}), error_code{});
    EXPECT_EQ(manager.next(1s), "STATUS=a WATCHDOG=trigger \nX=1\n");
}

TEST_P(NotifySocket, SaysThatTheManagerIsGone)
{
    std::string address;
    {
        const notify_receiver manager{GetParam()};
        address = manager.address();
    }
    EXPECT_TRUE(notify_socket{address}.send({{"READY", "1"}}));
}

TEST_P(NotifySocket, DoesNotWaitForAManagerThatDoesNotRead)
{
    const notify_receiver manager{GetParam()};
    const notify_socket to{manager.address()};
    error_code full;
    for (int i = 0; i < 100'000 && !full; ++i)
        full = to.send({{"STATUS", std::string(1'000, 'x')}});
    EXPECT_EQ(full, boost::system::errc::resource_unavailable_try_again);
}

INSTANTIATE_TEST_SUITE_P(
    Names,
    NotifySocket,
    testing::Values(notify_receiver::name::path, notify_receiver::name::abstract),
    [](const auto& one) { return one.param == notify_receiver::name::path ? "Path" : "Abstract"; }
);

TEST(NotifySocketAddress, IsAPathOrAnAbstractName)
{
    for (const std::string nobody : {"", "@", "/", "relative", "vsock:2:3"}) {
        const notify_socket to{nobody};
        EXPECT_FALSE(to.anybody_listens()) << nobody;
        EXPECT_EQ(to.send({{"READY", "1"}}), error_code{}) << nobody;
    }
    EXPECT_FALSE(notify_socket{"/" + std::string(200, 'x')}.anybody_listens());
}

TEST(MonotonicTime, GoesOnInMicroseconds)
{
    const auto before = monotonic_us();
    const auto steady = std::chrono::steady_clock::now().time_since_epoch();
    const auto after = monotonic_us();
    const auto now =
        static_cast<std::uint64_t>(std::chrono::floor<std::chrono::microseconds>(steady).count());
    EXPECT_GE(now, before);
    EXPECT_LE(now, after);
}

}  // namespace
}  // namespace rollcall
