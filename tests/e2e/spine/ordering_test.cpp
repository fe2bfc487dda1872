#include "harness/deployment.hpp"
#include "harness/playing.hpp"
#include "harness/reading.hpp"
#include "support/broker.hpp"
#include "support/ports.hpp"

#include <gtest/gtest.h>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

/// Twenty meetings, two thousand events: every tenth sent twice, every fifth overtaken, and every
/// tenth first attempt goes where nobody listens.
playing::options a_bad_day(std::uint64_t seed, const instance& to)
{
    playing::options how;
    how.world = world_of(seed, 20, 2'000, 200);
    how.wanted.duplicated = 0.1;
    how.wanted.reordered = 0.2;
    how.wanted.reorder_span = 800ms;
    how.player.targets.assign(9, simulator::parse_target(to.webhook_url()));
    how.player.targets.push_back(simulator::parse_target("http://" + free_address() + "/hooks/demo")
    );
    how.player.time_scale =
        2;  // the provider's wait of up to a second before the second attempt becomes half of it
    return how;
}

class EveryOrder : public testing::TestWithParam<promise> {};

TEST_P(EveryOrder, PublishesTheTruthOnceThoughItIsDoubledOvertakenAndRepeated)
{
    deployment::options how;
    how.mode = GetParam();
    how.hold = 3s;  // reordering, retries and a busy machine stay below it: nothing may be late
    deployment rollcall{shared_broker(), how};
    auto& daemon = rollcall.add("only");
    daemon.start();
    ASSERT_TRUE(daemon.ready());

    reading reader{rollcall};
    playing world{a_bad_day(20'261'121, daemon), rollcall.file("truth.ndjson")};
    const auto sent = world.finish();
    EXPECT_EQ(sent.given_up, 0U);
    EXPECT_GT(sent.attempts, sent.deliveries);

    const auto truth = world.truth();
    reader.until_settled(ended_meetings(truth));
    reader.until_probed(daemon, "end");
    auto expected = rollcall.expected();
    expected.late_allowed = GetParam() != promise::event_time;
    EXPECT_EQ(listed(differences(truth, reader.without_probes(), expected)), "");
    EXPECT_EQ(ended_meetings(truth), 20U);
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

std::string name_of(const testing::TestParamInfo<promise>& info)
{
    return info.param == promise::event_time ? "EventTime"
           : info.param == promise::causal   ? "Causal"
                                             : "Arrival";
}
INSTANTIATE_TEST_SUITE_P(
    Modes,
    EveryOrder,
    testing::Values(promise::event_time, promise::causal, promise::arrival),
    name_of
);

}  // namespace
}  // namespace rollcall::test
