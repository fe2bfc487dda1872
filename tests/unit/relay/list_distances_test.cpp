#include "relay/list_distances.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace rollcall {
namespace {

using namespace std::chrono_literals;
const list_distances::meeting_name meeting{"kit", "s1"};

list_distances with(std::initializer_list<milliseconds> pairs)
{
    list_distances all;
    int number = 0;
    for (const auto each : pairs)
        all.note(meeting, std::to_string(number++), each);
    return all;
}

TEST(ListDistances, AreWhatMostPairsAgreeOn)
{
    EXPECT_EQ(with({42s, 43s, 42500ms}).of(meeting), 42500ms);
    EXPECT_EQ(with({-30s, -30s}).of(meeting), -30s);
    EXPECT_EQ(with({42s, 42s, 700s}).of(meeting), 42s);
}

TEST(ListDistances, AreNoneInDoubt)
{
    EXPECT_EQ(with({}).of(meeting), 0ms);
    EXPECT_EQ(with({42s}).of(meeting), 0ms);
    EXPECT_EQ(with({42s, 10s}).of(meeting), 0ms);
    EXPECT_EQ(with({42s, 42s, 10s, 20s}).of(meeting), 0ms);
    EXPECT_EQ(with({2s, 2s, 1s}).of(meeting), 0ms);
}

TEST(ListDistances, CountAChangeOnce)
{
    list_distances all;
    all.note(meeting, "a joined", 42s);
    all.note(meeting, "a joined", 42s);
    EXPECT_EQ(all.of(meeting), 0ms);
    all.note(meeting, "b joined", 42s);
    EXPECT_EQ(all.of(meeting), 42s);
}

TEST(ListDistances, AreOfTheirMeetingUntilItIsForgotten)
{
    auto all = with({42s, 42s});
    EXPECT_EQ(all.of({"kit", "s2"}), 0ms);
    all.forget_unless([](const auto& of) { return of == meeting; });
    EXPECT_EQ(all.of(meeting), 42s);
    all.forget_unless([](const auto&) { return false; });
    EXPECT_EQ(all.of(meeting), 0ms);
}

TEST(ListDistances, KeepSoManyPairsOfAMeeting)
{
    list_distances all;
    for (std::size_t i = 0; i < list_distances::most_pairs; ++i)
        all.note(meeting, std::to_string(i), 10s);
    for (std::size_t i = 0; i < 2 * list_distances::most_pairs; ++i)
        all.note(meeting, "more" + std::to_string(i), 42s);
    EXPECT_EQ(all.of(meeting), 10s);
}

}  // namespace
}  // namespace rollcall
