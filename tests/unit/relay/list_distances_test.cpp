#include "relay/list_distances.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using pairs = std::initializer_list<milliseconds>;
const list_distances::meeting_name meeting{"kit", "s1"};
constexpr auto joined = kind::participant_joined;
constexpr auto left = kind::participant_left;

list_distances with(pairs joins, pairs leaves)
{
    list_distances all;
    int number = 0;
    for (const auto each : joins)
        all.note(meeting, joined, std::to_string(number++), each);
    for (const auto each : leaves)
        all.note(meeting, left, std::to_string(number++), each);
    return all;
}

TEST(ListDistances, AreWhatMostJoinsAndMostLeavesAgreeOn)
{
    EXPECT_EQ(with({42s, 43s, 42500ms}, {42s}).of(meeting), 42500ms);
    EXPECT_EQ(with({-30s, -30s}, {-31s, -29s}).of(meeting), -30s);
    EXPECT_EQ(with({42s, 42s, 20s}, {42s, 41s, 1s}).of(meeting), 42s);
}

TEST(ListDistances, AreNoneInDoubt)
{
    EXPECT_EQ(with({}, {}).of(meeting), 0ms);
    EXPECT_EQ(with({}, {42s, 42s}).of(meeting), 0ms);
    EXPECT_EQ(with({42s}, {42s}).of(meeting), 0ms);
    EXPECT_EQ(with({42s, 10s}, {42s}).of(meeting), 0ms);
    EXPECT_EQ(with({42s, 42s, 10s, 20s}, {42s}).of(meeting), 0ms);
    EXPECT_EQ(with({2s, 2s, 1s}, {2s}).of(meeting), 0ms);
}

// Then it is not the clock: getting in takes its time.
TEST(ListDistances, AreNoneWhereJoinsAloneAreApart)
{
    EXPECT_EQ(with({42s, 42s, 42s}, {}).of(meeting), 0ms);
    EXPECT_EQ(with({42s, 42s, 42s}, {0s}).of(meeting), 0ms);
    EXPECT_EQ(with({42s, 42s, 42s}, {0s, 42s}).of(meeting), 0ms);
}

TEST(ListDistances, LeaveOutWhatIsTooFarToBeOne)
{
    EXPECT_EQ(with({60s, 60s}, {60s}).of(meeting), 60s);
    EXPECT_EQ(with({60001ms, 60001ms}, {60001ms}).of(meeting), 0ms);
    EXPECT_EQ(with({-142s, -142s}, {-142s}).of(meeting), 0ms);
}

TEST(ListDistances, CountAParticipantOnce)
{
    auto all = with({}, {42s});
    all.note(meeting, joined, "a", 42s);
    all.note(meeting, joined, "a", 42s);
    EXPECT_EQ(all.of(meeting), 0ms);
    all.note(meeting, joined, "b", 42s);
    EXPECT_EQ(all.of(meeting), 42s);
}

TEST(ListDistances, AreOfTheirMeetingUntilItIsForgotten)
{
    auto all = with({42s, 42s}, {42s});
    EXPECT_EQ(all.of({"kit", "s2"}), 0ms);
    all.forget_unless([](const auto& of) { return of == meeting; });
    EXPECT_EQ(all.of(meeting), 42s);
    all.forget_unless([](const auto&) { return false; });
    EXPECT_EQ(all.of(meeting), 0ms);
}

TEST(ListDistances, KeepSoManyPairsOfAMeeting)
{
    auto all = with({}, {10s});
    for (std::size_t i = 0; i < list_distances::most_pairs; ++i)
        all.note(meeting, joined, std::to_string(i), 10s);
    for (std::size_t i = 0; i < 2 * list_distances::most_pairs; ++i)
        all.note(meeting, joined, "more" + std::to_string(i), 42s);
    EXPECT_EQ(all.of(meeting), 10s);
}

}  // namespace
}  // namespace rollcall
