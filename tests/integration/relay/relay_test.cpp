#include "scene.hpp"
#include "support/eventually.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <ostream>
#include <string>
#include <vector>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

// Reads what a relay says until a line holds; false where it ends or takes too long.
template <class Predicate>
bool says(process& relay, Predicate holds)
{
    while (const auto line = relay.read_line(60s))
        if (holds(*line))
            return true;
    return false;
}

bool comes_to_its_end(process& relay)
{
    return says(relay, [](const std::string& line) { return line == "died"; });
}

bool has_partitions(process& relay, int count)
{
    return says(relay, [&](const std::string& line) {
        return line == "active " + std::to_string(count) + " restoring 0";
    });
}

TEST(Relay, PublishesEverythingOnceInOrderAndSettles)
{
    scene s;
    s.feed(8, 12);
    auto relay = s.start("a");
    s.expect_everything_once();
    EXPECT_EQ(relay.stop(20s), (exit_status{.code = 0}));
}

struct fate {
    const char* step;
    int nth;
};
void PrintTo(const fate& f, std::ostream* out)
{
    *out << f.step << ' ' << f.nth;
}
std::string name_of(const testing::TestParamInfo<fate>& test)
{
    return std::string{test.param.step} + std::to_string(test.param.nth);
}

// `kill -9` at a chosen place, then the same instance again.
class RelayKilledAt : public testing::TestWithParam<fate> {};

TEST_P(RelayKilledAt, LosesNothingAndDoublesNothing)
{
    scene s;
    s.feed(8, 12);
    auto first = s.start("a", {"kill", GetParam().step, std::to_string(GetParam().nth)});
    ASSERT_TRUE(comes_to_its_end(first)) << "never came to this place";
    ASSERT_EQ(first.wait(10s), (exit_status{.signal = SIGKILL}));
    s.feed(2, 6);
    auto second = s.start("a");
    s.expect_everything_once();
}

const fate fates[] = {
    {"assigned", 1},
    {"restored", 2},
    {"produced", 1},
    {"produced", 3},
    {"committing", 1},
    {"committing", 4},
    {"committed", 1},
    {"committed", 3}};
INSTANTIATE_TEST_SUITE_P(Steps, RelayKilledAt, testing::ValuesIn(fates), name_of);

// Killed, and another instance takes over: nobody initialises the dead one's transactional id, so
// the new owner must wait out its open transaction.
class RelayReplacedAt : public testing::TestWithParam<fate> {};

TEST_P(RelayReplacedAt, LosesNothingAndDoublesNothing)
{
    scene s;
    s.feed(8, 12);
    auto first = s.start("a", {"kill", GetParam().step, std::to_string(GetParam().nth)});
    ASSERT_TRUE(comes_to_its_end(first));
    auto second = s.start("b");
    s.feed(2, 6);
    s.expect_everything_once();
}

const fate replaced[] = {{"produced", 2}, {"committing", 2}, {"committed", 2}};
INSTANTIATE_TEST_SUITE_P(Steps, RelayReplacedAt, testing::ValuesIn(replaced), name_of);

// Stopped in the middle of a transaction for longer than the session time-out, continued when
// another has taken over: fenced, and nothing is doubled.
class RelayStoppedAt : public testing::TestWithParam<fate> {};

TEST_P(RelayStoppedAt, IsFencedAndDoublesNothing)
{
    scene s;
    s.feed(8, 12);
    auto zombie = s.start("a", {"stop", GetParam().step, std::to_string(GetParam().nth)});
    ASSERT_TRUE(comes_to_its_end(zombie));
    auto second = s.start("b");
    ASSERT_TRUE(has_partitions(second, partitions));
    s.feed(2, 6);
    zombie.signal(SIGCONT);
    s.feed(2, 6);
    s.expect_everything_once();
    EXPECT_TRUE(zombie.running());
    EXPECT_EQ(zombie.stop(30s), (exit_status{.code = 0}));
}

INSTANTIATE_TEST_SUITE_P(Steps, RelayStoppedAt, testing::ValuesIn(replaced), name_of);

// A second instance comes while events flow, and the first dies while it hands partitions over.
TEST(Relay, KilledDuringARebalanceLosesNothingAndDoublesNothing)
{
    scene s;
    s.feed(8, 12);
    auto first = s.start("a", {"kill", "revoked", "1"});
    ASSERT_TRUE(has_partitions(first, partitions));
    auto second = s.start("b");
    s.feed(4, 8);
    ASSERT_TRUE(comes_to_its_end(first));
    s.feed(2, 6);
    s.expect_everything_once();
}

TEST(Relay, APayloadThatCannotBeUsedIsADeadLetterOnceAndStopsNothing)
{
    scene s;
    s.store(
        "bot_x",
        R"({"trigger":"participant_events.join_leave","bot_id":"bot_x","data":{}})",
        wall_clock()
    );
    s.feed(2, 4);
    auto first = s.start("a", {"kill", "committed", "2"});
    ASSERT_TRUE(comes_to_its_end(first));
    auto second = s.start("a");
    ASSERT_TRUE(eventually(60s, [&] { return !s.read("deadletter").empty(); }));
    const auto letters = s.read("deadletter");
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].key, "attendee-test");
    EXPECT_EQ(find_header(letters[0].with, "rollcall-step"), "normalise");
    EXPECT_FALSE(find_header(letters[0].with, "rollcall-reason").empty());
}

}  // namespace
}  // namespace rollcall::test
