// The envelopes of RealtimeKit's answers, and how the pages of a list are walked over.
#include "providers/realtimekit/answer.hpp"
#include "providers/realtimekit/page_walk.hpp"
#include "support/fixtures.hpp"

#include <gmock/gmock.h>

namespace rollcall::realtimekit {
namespace {

using test::fixture;

std::string rest(const std::string& name)
{
    return fixture("realtimekit/rest/" + name + ".json");
}

TEST(RealtimekitAnswer, HasItsPagingAtTheTopOrInside)
{
    const auto sessions = read_list(rest("sessions_live_page1"), "sessions");
    ASSERT_TRUE(sessions);
    EXPECT_EQ(sessions->rows.size(), 1U);
    EXPECT_EQ(sessions->total, 2U);
    const auto inside = read_list(rest("session_participants_peer_events_page1"), "participants");
    ASSERT_TRUE(inside);
    EXPECT_EQ(inside->rows.size(), 2U);
    EXPECT_EQ(inside->total, 4U);
    const auto outside = read_list(rest("session_participants_toplevel_paging"), "participants");
    ASSERT_TRUE(outside);
    EXPECT_EQ(outside->total, 1U);
    const auto without = read_list(rest("session_participants_untidy"), "participants");
    ASSERT_TRUE(without);
    EXPECT_EQ(without->rows.size(), 2U);
    EXPECT_FALSE(without->total);
}

TEST(RealtimekitAnswer, GivesRowsByteForByte)
{
    const auto found = read_list(R"({"data":{"a":1,"x":[{ "b" : 1.50 },{}]}})", "x");
    ASSERT_TRUE(found);
    EXPECT_THAT(found->rows, testing::ElementsAre(R"({ "b" : 1.50 })", "{}"));
}

TEST(RealtimekitAnswer, MayHaveThePlatformsEnvelope)
{
    EXPECT_EQ(read_list(R"({"success":true,"result":{"x":[{}]}})", "x")->rows.size(), 1U);
    EXPECT_EQ(read_list(R"({"success":true,"data":[{},{}]})", "x")->rows.size(), 2U);
    EXPECT_EQ(read_one(R"({"result":null,"data":{"id":"s"}})", "")->rows.front(), R"({"id":"s"})");
}

TEST(RealtimekitAnswer, OfOneObjectHasItUnderItsNameOrAsTheData)
{
    EXPECT_TRUE(read_one(rest("participant_details"), "participant"));
    EXPECT_TRUE(read_one(rest("peer_report"), "participant"));
    EXPECT_TRUE(read_one(rest("session_details"), ""));
    EXPECT_TRUE(read_one(rest("active_session"), ""));
    EXPECT_FALSE(read_one(rest("session_participants"), "participant"));
}

TEST(RealtimekitAnswer, ThatSaysItIsAFailureIsOne)
{
    for (const auto* name :
         {"error_auth", "error_kit_message_only", "error_kit_not_found", "error_rate_limited"}) {
        const auto found = read_list(rest(name), "sessions");
        ASSERT_FALSE(found) << name;
        EXPECT_EQ(found.error().where, "success");
    }
    EXPECT_FALSE(read_list(R"({"success":false,"data":{"x":[]}})", "x"));
}

TEST(RealtimekitAnswer, IsRefusedWhereItIsNoWholePage)
{
    const auto fault_of = [](const std::string& body) {
        const auto found = read_list(body, "x");
        return found ? errc::ok : found.error().code;
    };
    EXPECT_EQ(fault_of(R"({"success":true})"), errc::missing_field);
    EXPECT_EQ(fault_of(R"({"data":{}})"), errc::missing_field);
    EXPECT_EQ(fault_of(R"({"data":{"x":[{}]})"), errc::not_json);
    EXPECT_EQ(fault_of(R"({"data":{"x":[1]}})"), errc::wrong_type);
    EXPECT_EQ(fault_of(R"({"data":{"x":{}}})"), errc::wrong_type);
    EXPECT_EQ(fault_of(R"({"data":{"x":[]},"result":{"x":[]}})"), errc::duplicate_key);
    EXPECT_EQ(fault_of("[]"), errc::wrong_type);
    EXPECT_EQ(fault_of(""), errc::wrong_type);
}

// ---- walks

answer page_of(std::size_t rows, std::optional<std::uint64_t> total)
{
    return {std::vector<std::string_view>(rows, "{}"), total};
}

TEST(RealtimekitPages, EndWhenAllRowsHaveCome)
{
    page_walk walk;
    EXPECT_EQ(walk.page(), 1U);
    EXPECT_FALSE(walk.ends_with(page_of(2, 3), {1, 2}));
    walk.take(page_of(2, 3), {1, 2});
    EXPECT_EQ(walk.page(), 2U);
    EXPECT_TRUE(walk.ends_with(page_of(1, 3), {3}));
    EXPECT_TRUE(page_walk{}.ends_with(page_of(0, 0), {}));
}

TEST(RealtimekitPages, WithoutATotalEndWithAnEmptyPageOrOneThatShowsTheSame)
{
    page_walk walk;
    EXPECT_FALSE(walk.ends_with(page_of(2, {}), {1, 2}));
    walk.take(page_of(2, {}), {1, 2});
    EXPECT_TRUE(walk.ends_with(page_of(0, {}), {}));
    EXPECT_TRUE(walk.ends_with(page_of(2, {}), {2, 1}));
    // A row that has slipped to the next page, for a new one has come to the front.
    EXPECT_FALSE(walk.ends_with(page_of(2, {}), {2, 3}));
}

TEST(RealtimekitPages, ThatDoNotShowAllHaveAPage0)
{
    page_walk walk;
    walk.take(page_of(1, 2), {1});
    EXPECT_FALSE(walk.ends_with(page_of(0, 2), {}));
    walk.take(page_of(0, 2), {});
    EXPECT_EQ(walk.page(), 0U);
    EXPECT_TRUE(walk.ends_with(page_of(1, 2), {2}));
    page_walk wiser{false};
    wiser.take(page_of(1, 2), {1});
    EXPECT_TRUE(wiser.ends_with(page_of(0, 2), {}));
}

}  // namespace
}  // namespace rollcall::realtimekit
