#include "providers/json_pointer.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace rollcall::test {
namespace {

// The document and most of the places are those of RFC 6901, section 5.
constexpr std::string_view document =
    R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8,)"
    R"("deep":{"list":[{"id":"x"}]}})";

struct place {
    std::string pointer;
    std::optional<std::string> text;  // nothing: there is no such value
};

TEST(JsonPointer, LeadsToTheValue)
{
    json_tree tree;
    ASSERT_TRUE(tree.parse(document));
    for (const auto& [pointer, text] : std::vector<place>{
             {"/foo/0", "bar"},
             {"/foo/1", "baz"},
             {"/", "0"},
             {"/a~1b", "1"},
             {"/c%d", "2"},
             {"/e^f", "3"},
             {"/g|h", "4"},
             {"/i\\j", "5"},
             {"/k\"l", "6"},
             {"/ ", "7"},
             {"/m~0n", "8"},
             {"/deep/list/0/id", "x"},
             {"/foo/2", std::nullopt},
             {"/foo/-", std::nullopt},
             {"/foo/01", std::nullopt},
             {"/foo/00", std::nullopt},
             {"/foo/+1", std::nullopt},
             {"/foo/1 ", std::nullopt},
             {"/foo/", std::nullopt},
             {"/foo/18446744073709551616", std::nullopt},
             {"/foo/0/x", std::nullopt},
             {"/nowhere", std::nullopt},
             {"/a/b", std::nullopt},
         }) {
        const auto parsed = json_pointer::parse(pointer);
        ASSERT_TRUE(parsed) << pointer;
        EXPECT_EQ(parsed->text(), pointer);
        const auto* const found = follow(tree, tree.root(), parsed->steps());
        EXPECT_EQ(found ? std::optional{std::string{found->text}} : std::nullopt, text) << pointer;
    }
}

TEST(JsonPointer, IsTheWholeWhereItIsEmpty)
{
    json_tree tree;
    ASSERT_TRUE(tree.parse(document));
    EXPECT_EQ(follow(tree, tree.root(), json_pointer{}.steps()), &tree.root());
    EXPECT_EQ(*json_pointer::parse(""), json_pointer{});
}

TEST(JsonPointer, IsRefusedWhereItCannotBeOne)
{
    for (const auto* text : {"foo", "data/id", "/~", "/~2", "/a~", "$.foo", " /foo"})
        EXPECT_FALSE(json_pointer::parse(text)) << text;
}

}  // namespace
}  // namespace rollcall::test
