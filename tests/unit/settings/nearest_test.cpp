#include "settings/nearest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace rollcall {
namespace {

TEST(EditDistance, CountsLetters)
{
    EXPECT_EQ(edit_distance("", ""), 0U);
    EXPECT_EQ(edit_distance("hold", "hold"), 0U);
    EXPECT_EQ(edit_distance("", "hold"), 4U);
    EXPECT_EQ(edit_distance("hold", ""), 4U);
    EXPECT_EQ(edit_distance("hold", "holds"), 1U);
    EXPECT_EQ(edit_distance("hold", "hod"), 1U);
    EXPECT_EQ(edit_distance("hold", "held"), 1U);
    EXPECT_EQ(edit_distance("hold", "hodl"), 1U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Nearest, IsTheWordThatWasMeant)
{
    const std::vector<std::string> words{
        "bootstrap_servers", "properties", "topics", "mode", "hold"};
    EXPECT_EQ(nearest("bootstrap_server", words), "bootstrap_servers");
    EXPECT_EQ(nearest("bootstrap.servers", words), "bootstrap_servers");
    EXPECT_EQ(nearest("topic", words), "topics");
    EXPECT_EQ(nearest("hodl", words), "hold");
}

TEST(Nearest, IsNothingWhereNoWordIsNear)
{
    const std::vector<std::string> words{"mode", "hold", "a"};
    EXPECT_EQ(nearest("certificate", words), "");
    EXPECT_EQ(nearest("b", words), "");
    EXPECT_EQ(nearest("", words), "");
    EXPECT_EQ(nearest("hold", {}), "");
}

}  // namespace
}  // namespace rollcall
