// How the sessions of an app are found, and those of one permanent meeting.
#include "polled_plan.hpp"
#include "realtimekit_answers.hpp"
#include "support/fixtures.hpp"

#include <gmock/gmock.h>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

const std::string live_page =
    "/sessions?status=LIVE&sort_by=createdAt&sort_order=DESC&per_page=100&page_no=";
const std::string recent_page = "/sessions?sort_by=createdAt&sort_order=DESC&per_page=100&page_no=";

polled_plan listing(std::string_view state = {})
{
    poll_pace pace;
    pace.account = "aa11";
    return polled_plan::list(state, pace, "realtimekit");
}

// Past the first walks, over what is there.
polled_plan settled(const std::vector<std::string>& live = {})
{
    auto plan = listing();
    EXPECT_THAT(plan.ask(), StartsWith(recent_page));
    plan.take(kit_sessions({}));
    EXPECT_EQ(plan.ask(), live_page + "1");
    plan.take(kit_sessions(live));
    return plan;
}

TEST(RealtimekitList, BeginsWithWhatHasBegunInTheWindow)
{
    auto plan = listing();
    EXPECT_EQ(plan.ask(), recent_page + "1&start_time=2026-08-11T09%3A05%3A10.000Z");
    const auto over = kit_session("s1", "ENDED"), going_on = kit_session("s2");
    const auto found = plan.take(kit_sessions({over, going_on}));
    EXPECT_EQ(bodies_of(found), "session " + over + "\nsession " + going_on);
    EXPECT_EQ(found.rows.front().key, "s1");
    EXPECT_EQ(
        plan.plan->state(), R"({"phase":"listing","read_until":1786698310000,"account":"aa11"})"
    );
}

TEST(RealtimekitList, GoesOnFromItsCheckpointLessTheOverlap)
{
    auto plan = listing(R"({"phase":"listing","read_until":1786698310000,"account":"aa11"})");
    EXPECT_EQ(plan.ask(), recent_page + "1&start_time=2026-08-14T09%3A03%3A10.000Z");
    auto another = listing(R"({"phase":"listing","read_until":1786698310000,"account":"bb22"})");
    EXPECT_THAT(another.ask(), HasSubstr("2026-08-11"));
}

TEST(RealtimekitList, TellsOfASessionOnceWhileItIsLive)
{
    auto plan = settled();
    EXPECT_EQ(plan.wait(), 20s);
    EXPECT_EQ(plan.ask(), live_page + "1");
    const auto s1 = kit_session("s1");
    EXPECT_EQ(bodies_of(plan.take(kit_sessions({s1}))), "session " + s1);
    EXPECT_EQ(plan.ask(), live_page + "1");
    EXPECT_EQ(bodies_of(plan.take(kit_sessions({s1}))), "");
}

TEST(RealtimekitList, IsReadPageByPage)
{
    auto plan = settled();
    plan.ask();
    plan.take(fixture("realtimekit/rest/sessions_live_page1.json"));
    EXPECT_EQ(plan.ask(), live_page + "2");
    const auto second = plan.take(fixture("realtimekit/rest/sessions_live_page2.json"));
    EXPECT_EQ(second.rows.size(), 1U);
    EXPECT_EQ(second.rows.front().key, "e05b7c91-4a2d-4f68-b3e7-9c8d7e6f5a4b");
    EXPECT_GT(plan.wait(), 0s);
}

TEST(RealtimekitList, AsksForWhatIsLiveNoMore)
{
    const auto s1 = kit_session("s1"), s2 = kit_session("s2");
    auto plan = settled({s1, s2});
    EXPECT_EQ(plan.ask(), live_page + "1");
    plan.take(kit_sessions({s2}));
    EXPECT_EQ(plan.ask(), "/sessions/s1");
    const auto over = kit_session("s1", "ENDED");
    EXPECT_EQ(bodies_of(plan.take(kit_one(over))), "session " + over);
    EXPECT_EQ(plan.ask(), live_page + "1");
    EXPECT_EQ(bodies_of(plan.take(kit_sessions({s2}))), "");
    EXPECT_NE(plan.ask(), "/sessions/s1");
}

TEST(RealtimekitList, AsksAgainForWhatIsLiveAllTheSame)
{
    const auto s1 = kit_session("s1");
    auto plan = settled({s1});
    plan.ask();
    plan.take(kit_sessions({}));
    EXPECT_EQ(plan.ask(), "/sessions/s1");
    EXPECT_EQ(bodies_of(plan.take(kit_one(s1))), "");
    EXPECT_EQ(plan.ask(), live_page + "1");
    plan.take(kit_sessions({}));
    EXPECT_EQ(plan.ask(), "/sessions/s1");
    plan.take("{}", 404);
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(plan.ask(), StartsWith("/sessions?")) << "it is forgotten";
        plan.take(kit_sessions({}));
    }
}

TEST(RealtimekitList, FindsWhatBeganAndEndedBetweenTwoWalks)
{
    auto plan = settled();
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(plan.ask(), live_page + "1");
        plan.take(kit_sessions({}));
    }
    const auto over = kit_session("s1", "ENDED", "2026-08-14T09:05:30Z");
    EXPECT_EQ(plan.ask(), recent_page + "1&start_time=2026-08-14T09%3A03%3A10.000Z");
    EXPECT_EQ(bodies_of(plan.take(kit_sessions({over}))), "session " + over);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(plan.ask(), live_page + "1");
        plan.take(kit_sessions({}));
    }
    EXPECT_THAT(plan.ask(), StartsWith(recent_page));
    EXPECT_EQ(bodies_of(plan.take(kit_sessions({over}))), "") << "once";
}

TEST(RealtimekitList, StopsWhereAProviderDoesNotTakeTheTime)
{
    auto plan = listing();
    plan.ask();
    const auto recent = kit_session("s2"), old = kit_session("s1", "ENDED", "2026-01-01T09:00:00Z");
    EXPECT_EQ(
        bodies_of(plan.take(kit_list("sessions", {recent, old}, 100'000))), "session " + recent
    );
    EXPECT_EQ(plan.ask(), live_page + "1");
}

TEST(RealtimekitList, HasAStateThatIdleRoundsDoNotChange)
{
    auto plan = settled();
    const auto before = plan.plan->state();
    const auto until = plan.now + 9min;
    while (plan.now < until) {
        plan.ask();
        plan.take(kit_sessions({}));
    }
    EXPECT_EQ(plan.plan->state(), before);
    while (plan.now < until + 3min) {
        plan.ask();
        plan.take(kit_sessions({}));
    }
    EXPECT_NE(plan.plan->state(), before);
}

TEST(RealtimekitList, TakesItsOtherWalkWhereOneFails)
{
    auto plan = listing();
    plan.ask();
    EXPECT_EQ(plan.hear(500, "").result, poll_result::failed);
    EXPECT_EQ(plan.ask(), live_page + "1");
    EXPECT_EQ(plan.hear(200, R"({"success":false,"message":"no"})").result, poll_result::failed);
    EXPECT_EQ(plan.hear(401, "{}").result, poll_result::denied);
}

TEST(RealtimekitList, GivesUpAPageThatStaysBrokenAndSaysSoOnce)
{
    auto plan = listing();
    int told = 0;
    for (int i = 0; i < 200; ++i) {
        const bool recent = plan.ask().starts_with(recent_page);
        const auto outcome = plan.take(recent ? "{" : kit_sessions({}));
        for (const auto& row : outcome.rows)
            told += row.item == "given_up" ? 1 : 0;
    }
    EXPECT_EQ(told, 1);
}

// ---- one permanent meeting

const std::string active = "/meetings/room/active-session";
const std::string of_room =
    "/sessions?associated_id=room&sort_by=createdAt&sort_order=DESC&per_page=100&page_no=1";

polled_plan lookup()
{
    return polled_plan::of("meeting:room", {}, {}, "realtimekit");
}

TEST(RealtimekitLookup, TellsOfTheSessionThatIsGoingOnAndOfThoseBefore)
{
    auto plan = lookup();
    EXPECT_EQ(plan.ask(), active);
    const auto s2 = kit_session("s2"), s1 = kit_session("s1", "ENDED");
    const auto first = plan.take(kit_one(s2));
    EXPECT_EQ(bodies_of(first), "session_of_meeting " + s2);
    EXPECT_EQ(first.rows.front().key, "meeting:room");
    EXPECT_EQ(plan.ask(), of_room);
    const auto rest = plan.take(kit_sessions({s2, s1}));
    EXPECT_EQ(
        bodies_of(rest),
        "session_of_meeting " + s2 + "\nsession_of_meeting " + s1 + "\nmeeting_read {}"
    );
    EXPECT_FALSE(rest.swept);
}

TEST(RealtimekitLookup, IsDoneAfterAFewWalks)
{
    auto plan = lookup();
    int walks = 0;
    for (; plan.ask() != "done"; ++walks) {
        EXPECT_EQ(plan.ask(), active);
        plan.take("{}", 404);
        EXPECT_EQ(plan.ask(), of_room);
        plan.take(kit_sessions({}));
    }
    EXPECT_EQ(walks, 4);
    plan.plan->sweep(plan.now);
    EXPECT_EQ(plan.ask(), active);
}

TEST(RealtimekitLookup, WaitsWhileTheProviderIsAway)
{
    auto plan = lookup();
    for (int i = 0; i < 100; ++i) {
        plan.ask();
        EXPECT_EQ(plan.hear(503, "").result, poll_result::failed);
    }
    EXPECT_EQ(plan.ask(), active);
}

}  // namespace
}  // namespace rollcall::test
