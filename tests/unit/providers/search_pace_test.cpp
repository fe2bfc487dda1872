#include "providers/search_pace.hpp"

#include <gtest/gtest.h>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

constexpr search_pace by_minute{.usual = 1min, .window = 24h};

TEST(SearchPace, LooksForWhatWasThereAsOftenAsUsualAndNotForLong)
{
    EXPECT_EQ(by_minute.pause(1, true), 1min);
    EXPECT_EQ(by_minute.pause(40, true), 1min);
    EXPECT_FALSE(by_minute.is_over(4, true));
    EXPECT_TRUE(by_minute.is_over(5, true));
}

TEST(SearchPace, LooksForWhatNeverWasMoreAndMoreSeldomForTheWholeWindow)
{
    EXPECT_EQ(by_minute.pause(1, false), 1min);
    EXPECT_EQ(by_minute.pause(2, false), 2min);
    EXPECT_EQ(by_minute.pause(40, false), search_pace::longest_pause);
    // 1 + ... + 10 minutes, then ten at a time: 55 + 139 * 10 is the first past 24 h.
    EXPECT_FALSE(by_minute.is_over(10 + 138, false));
    EXPECT_TRUE(by_minute.is_over(10 + 139, false));
}

TEST(SearchPace, LooksSeveralTimesHoweverLongThePausesAre)
{
    constexpr search_pace by_hour{.usual = 1h, .window = 1h};
    EXPECT_EQ(by_hour.pause(7, false), 1h);
    EXPECT_FALSE(by_hour.is_over(2, true));
    EXPECT_FALSE(by_hour.is_over(2, false));
    EXPECT_TRUE(by_hour.is_over(3, true));
    EXPECT_TRUE(by_hour.is_over(3, false));
}

TEST(SearchPace, NeverLooksWithoutAPause)
{
    constexpr search_pace at_once{.usual = 0ms, .window = 0ms};
    EXPECT_EQ(at_once.pause(0, false), 1ms);
    EXPECT_EQ(at_once.pause(9, true), 1ms);
}

}  // namespace
}  // namespace rollcall::test
