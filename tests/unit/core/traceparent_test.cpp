#include "core/traceparent.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace rollcall {
namespace {

constexpr std::string_view valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Traceparent, IsKeptWhereValid)
{
    EXPECT_EQ(read_traceparent(valid), valid);
    // A later version may be longer; what is known of it is passed on as version 00.
    EXPECT_EQ(read_traceparent("01" + std::string{valid.substr(2)}), valid);
    EXPECT_EQ(read_traceparent("cc" + std::string{valid.substr(2)} + "-what"), valid);
}

TEST(Traceparent, IsNothingWhereNotValid)
{
    const std::string good{valid};
    for (const std::string& header : std::vector<std::string>{
             std::string{},
             good.substr(0, 54),
             good + "-",                   // version 00 has one length
             "01" + good.substr(2) + "x",  //
             "ff" + good.substr(2),        //
             "0x" + good.substr(2),        //
             "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",  // upper case
             "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
             "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
             "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
             "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
         })
        EXPECT_FALSE(read_traceparent(header)) << header;
}

TEST(Traceparent, IsMadeValid)
{
    EXPECT_EQ(
        make_traceparent({0x4bf92f3577b34da6, 0xa3ce929d0e0e4736, 0x00f067aa0ba902b7}), valid
    );
    EXPECT_TRUE(read_traceparent(make_traceparent({0, 0, 0})));
}

TEST(Traceparent, IsMadeAnewEachTime)
{
    const auto one = new_traceparent();
    EXPECT_TRUE(read_traceparent(one));
    EXPECT_NE(one, new_traceparent());
}

}  // namespace
}  // namespace rollcall
