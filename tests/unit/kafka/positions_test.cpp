#include "kafka/positions.hpp"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

TEST(ReadPositions, KnowWhatWasOpened)
{
    read_positions positions;
    EXPECT_EQ(positions.find("a", 0), nullptr);
    positions.open("a", 2, 7);
    positions.open("b", 0, 9);
    ASSERT_NE(positions.find("a", 2), nullptr);
    EXPECT_TRUE(positions.find("a", 2)->open);
    EXPECT_EQ(positions.find("a", 2)->next, 7);
    EXPECT_FALSE(positions.find("a", 1)->open);
    EXPECT_EQ(positions.find("a", 3), nullptr);
    positions.close("a", 2);
    EXPECT_FALSE(positions.find("a", 2)->open);
    positions.clear();
    EXPECT_EQ(positions.find("b", 0), nullptr);
}

TEST(StaleRecords, AreThoseBeforeThePositionOfALogThatReachesIt)
{
    const read_position at{.open = true, .next = 100};
    EXPECT_TRUE(is_stale(at, 99, 500));
    EXPECT_TRUE(is_stale(at, 0, 100));
    EXPECT_FALSE(is_stale(at, 100, 500));
    EXPECT_FALSE(is_stale(at, 0, 50));  // the log was made anew, and begins again
}

}  // namespace
}  // namespace rollcall
