#include "polled.hpp"
#include "support/broker.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <iostream>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

/// Far more to ask for than the provider allows, which refuses whatever is one too many in any
/// minute.
TEST(RequestLimit, IsUsedToNineTenthsAndNeverExceeded)
{
    constexpr std::uint64_t requests = 10'000;
    constexpr std::uint32_t limit = 9'000;  // so they take longer than the minute that counts
    simulator::api_options strict;
    strict.limit = limit;
    const auto api = open_api(std::move(strict));
    const auto world = simulator::prepare(
        world_of(4'711, 300, 3'000, 6),
        simulator::attendee{deployment::secret},
        {std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()), 1},
        {}
    );
    api->show(world, steady::now() - 60s, false);

    auto how = polling_of(*api);
    how.poll->requests_a_minute = limit;
    deployment rollcall{shared_broker(), how};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());
    ASSERT_TRUE(asked(*api, 1'000));  // by now they are found, and wait for their turns
    const auto begun = steady::now();
    const auto before = api->counts().requests;
    ASSERT_TRUE(asked(*api, requests, 3min));
    const std::chrono::duration<double, std::ratio<60>> took = steady::now() - begun;
    const auto counts = api->counts();
    const auto used = static_cast<double>(counts.requests - before) / took.count() / limit;
    std::cout << "used: " << used << " of " << limit << " a minute; " << to_text(counts) << '\n';
    EXPECT_EQ(counts.over_limit, 0U);
    EXPECT_GE(used, 0.9);
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
