#include "app/progress_bar.hpp"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

TEST(ProgressText, FillsUp)
{
    EXPECT_EQ(progress_text(0, 200), "reading [                    ]   0 %  0 of 200 records");
    EXPECT_EQ(progress_text(85, 200), "reading [########            ]  42 %  85 of 200 records");
    EXPECT_EQ(progress_text(200, 200), "reading [####################] 100 %  200 of 200 records");
}

TEST(ProgressText, NeverPassesItsEnd)
{
    EXPECT_EQ(progress_text(9, 3), "reading [####################] 100 %  3 of 3 records");
    EXPECT_EQ(progress_text(0, 0), "reading [####################] 100 %  0 of 0 records");
}

}  // namespace
}  // namespace rollcall
