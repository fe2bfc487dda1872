#include "providers/recall/route.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace rollcall::test {
namespace {

struct recall_body {
    std::string name, body, key;
};
void PrintTo(const recall_body& which, std::ostream* out)
{
    *out << which.name;
}

class RecallRoute : public testing::TestWithParam<recall_body> {};

TEST_P(RecallRoute, IsTheRecordingOrElseTheBot)
{
    const auto where = recall::route(GetParam().body);
    ASSERT_TRUE(where) << where.error().where;
    EXPECT_EQ(*where, GetParam().key);
}

const recall_body recall_bodies[] = {
    {"Both", R"({"data":{"bot":{"id":"b"},"recording":{"id":"r"}}})", "r"},
    {"BotAlone",
     R"({"event":"bot.done","data":{"data":{},"bot":{"metadata":{},"id":"b"}}})",
     "bot:b"},
    {"NullRecording", R"({"data":{"recording":null,"bot":{"id":"b"}}})", "bot:b"},
    {"RecordingWithoutId",
     R"({"data":{"recording":{"metadata":{"id":"x"}},"bot":{"id":"b"}}})",
     "bot:b"},
    {"EmptyId", R"({"data":{"recording":{"id":""},"bot":{"id":"b"}}})", "bot:b"},
    {"IdIsNumber", R"({"data":{"recording":{"id":7},"bot":{"id":["b"]}}})", ""},
    {"NotInTheInnerData",
     R"({"recording":{"id":"x"},"data":{"data":{"recording":{"id":"y"},"bot":{"id":"z"}}}})",
     ""},
    {"Escapes", R"({"d\u0061ta":{"r\u0065cording":{"\u0069d":"\n\u0072"}}})", "\nr"},
    {"SpaceEverywhere", " {\n \"data\" : { \"recording\" : { \"id\" : \"r\" } } } ", "r"},
    {"DataIsArray", R"({"data":[{"recording":{"id":"r"}}]})", ""},
    {"Empty", "{}", ""},
    {"EmptyData", R"({"data":{}})", ""},
};
INSTANTIATE_TEST_SUITE_P(
    Bodies,
    RecallRoute,
    testing::ValuesIn(recall_bodies),
    [](const auto& each) { return each.param.name; }
);

TEST(RecallRoutes, ReadNoMoreThanTheyNeed)
{
    EXPECT_TRUE(recall::route(R"({"data":{"recording":{"id":"r",)"));
    EXPECT_TRUE(recall::route(R"({"data":{"bot":{"id":"b"}},)"));
    EXPECT_FALSE(recall::route(R"({"data":{"bot":{"id":"b"},)"));
}

TEST(RecallRoutes, SurviveABodyCutOffAnywhere)
{
    const auto body = fixture("recall/webhooks/status_bot_call_ended.json");
    const auto end_of_data = body.rfind('}', body.rfind('}') - 1);
    for (std::size_t size = 0; size <= end_of_data; ++size) {
        // In memory of its own, so that reading past the end is seen.
        const std::vector<char> cut{body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size)};
        EXPECT_FALSE(recall::route({cut.data(), size})) << size;
    }
    EXPECT_TRUE(recall::route(body.substr(0, end_of_data + 1)));
}

}  // namespace
}  // namespace rollcall::test
