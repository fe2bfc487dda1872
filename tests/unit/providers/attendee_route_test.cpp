#include "delivered_request.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace rollcall::test {
namespace {

struct routed_body {
    std::string name, body, key, delivery;
};
void PrintTo(const routed_body& which, std::ostream* out)
{
    *out << which.name;
}

result<routing, fault> route(std::string_view body)
{
    return find_provider("attendee")->route(delivered_request{body, std::nullopt});
}

class AttendeeRoute : public testing::TestWithParam<routed_body> {};

TEST_P(AttendeeRoute, IsTheMeetingAndTheDelivery)
{
    const auto where = route(GetParam().body);
    ASSERT_TRUE(where) << where.error().where;
    EXPECT_EQ(where->key, GetParam().key);
    EXPECT_EQ(where->delivery_id, GetParam().delivery);
}

const routed_body bodies[] = {
    {"Bot", R"({"idempotency_key":"k","bot_id":"b"})", "b", "k"},
    {"AppSession", R"({"idempotency_key":"k","app_session_id":"a"})", "a", "k"},
    {"BotBeforeAppSession",
     R"({"app_session_id":"a","idempotency_key":"k","bot_id":"b"})",
     "b",
     "k"},
    {"NullBot", R"({"bot_id":null,"app_session_id":"a","idempotency_key":"k"})", "a", "k"},
    {"LastMembers",
     R"({"data":{"bot_id":"x","n":[{"idempotency_key":"y"}]},"bot_id":"b","idempotency_key":"k"})",
     "b",
     "k"},
    {"Escapes", R"({"bot\u005fid":"\u0062","idempotency_key":"\n"})", "b", "\n"},
    {"SpaceEverywhere", " {\n \"bot_id\" : \"b\" , \"idempotency_key\" : \"k\" } ", "b", "k"},
    {"Neither",
     R"({"calendar_id":"c","idempotency_key":"k","data":{"a":[1,-2.5e3,true,false,null,"}"]}})",
     "",
     "k"},
    {"NoDelivery", R"({"bot_id":"b"})", "b", ""},
    {"OtherTypes", R"({"bot_id":7,"idempotency_key":["k"]})", "", ""},
    {"Empty", "{}", "", ""},
};
INSTANTIATE_TEST_SUITE_P(Bodies, AttendeeRoute, testing::ValuesIn(bodies), [](const auto& each) {
    return each.param.name;
});

TEST(AttendeeRoutes, ReadNoMoreThanTheyNeed)
{
    EXPECT_TRUE(route(R"({"bot_id":"b","idempotency_key":"k",)"));
}

TEST(AttendeeRoutes, AreRefusedForABodyThatHidesThem)
{
    for (const auto* body :
         {"",
          "[]",
          "7",
          "{",
          R"({"bot_id")",
          R"({"bot_id":)",
          R"({"bot_id":"b)",
          R"({"bot_id":"b")",

          R"({"a":]})",
          R"({,})",
          R"({"a":,})",
          R"({"a":"\ud800"})",
          R"({"a":tru})"}) {
        const auto where = route(body);
        ASSERT_FALSE(where) << body;
    }
}

TEST(AttendeeRoutes, SurviveABodyCutOffAnywhere)
{
    const auto body = fixture("attendee/webhooks/calendar_state_change.json");
    for (std::size_t size = 0; size < body.size(); ++size) {
        // In memory of its own, so that reading past the end is seen.
        const std::vector<char> cut{body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size)};
        EXPECT_FALSE(route({cut.data(), size})) << size;
    }
}

}  // namespace
}  // namespace rollcall::test
