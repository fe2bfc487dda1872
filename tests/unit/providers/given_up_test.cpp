#include "providers/given_up.hpp"

#include <gtest/gtest.h>

namespace rollcall::test {
namespace {

TEST(GivenUp, ComesBackAsItWasWritten)
{
    const given_up what{"/api/v1/bots?cursor=a%3D", "unusable answer: \"next\"", 10};
    const auto row = make_row("bot_1", what);
    EXPECT_EQ(row.key, "bot_1");
    EXPECT_EQ(row.item, given_up_item);
    const auto read = read_given_up(row.body);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, what);
    EXPECT_EQ(
        to_text(what), "after 10 tries: unusable answer: \"next\", at /api/v1/bots?cursor=a%3D"
    );
}

TEST(GivenUp, IsNotReadOfAnythingElse)
{
    for (const auto* body : {"", "[]", R"({"why":"x","tries":1})", R"({"target":"/","tries":1})"})
        EXPECT_FALSE(read_given_up(body)) << body;
}

}  // namespace
}  // namespace rollcall::test
