#include "providers/media_type.hpp"

#include <gtest/gtest.h>

namespace rollcall::test {
namespace {

TEST(MediaType, IsInLowerCaseAndWithoutParameters)
{
    for (const auto* type :
         {"application/json",
          "Application/JSON",
          "application/json; charset=utf-8",
          "application/json ;charset=utf-8",
          " application/json",
          "application/json;"})
        EXPECT_EQ(media_type(type), "application/json") << type;
    EXPECT_EQ(media_type(""), "");
    EXPECT_EQ(media_type(" "), "");
    EXPECT_EQ(media_type(";"), "");
    EXPECT_EQ(media_type("text/plain; a=application/json"), "text/plain");
    EXPECT_EQ(media_type("application/json, text/plain"), "application/json, text/plain");
}

TEST(MediaType, IsJsonBySuffixToo)
{
    for (const auto* type : {"application/json", "text/json", "application/problem+json"})
        EXPECT_TRUE(is_json_type(type)) << type;
    for (const auto* type : {"", "application/jsonp", "application/json+xml", "json"})
        EXPECT_FALSE(is_json_type(type)) << type;
}

}  // namespace
}  // namespace rollcall::test
