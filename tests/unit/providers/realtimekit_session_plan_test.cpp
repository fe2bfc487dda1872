// How a session is followed: what is asked for, and what becomes of the answers.
#include "polled_plan.hpp"
#include "providers/realtimekit/session_plan.hpp"
#include "realtimekit_answers.hpp"
#include "support/fixtures.hpp"

#include <gmock/gmock.h>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using realtimekit::filters;
using realtimekit::session_plan;
using testing::HasSubstr;

const std::string look = "/sessions/s1";
const std::string rows =
    "/sessions/s1/participants?include_peer_events=true&view=raw&per_page=200&page_no=1";
const std::string asha_alone = "/sessions/s1/participants/asha?include_peer_events=true";
const std::string asha_by_peer = "/sessions/peer-report/asha";

poll_pace pace()
{
    poll_pace how;
    how.account = "aa11";
    return how;
}

polled_plan follow(std::string_view state = {})
{
    return polled_plan::of("s1", state, pace(), "realtimekit");
}

polled_plan live()
{
    auto plan = follow();
    EXPECT_EQ(plan.ask(), look);
    plan.take(kit_one(kit_session("s1")));
    return plan;
}

TEST(RealtimekitSession, IsLookedAtAndReadEveryInterval)
{
    auto plan = follow();
    EXPECT_EQ(plan.ask(), look);
    const auto found = plan.take(kit_one(kit_session("s1")));
    EXPECT_EQ(bodies_of(found), "followed_session " + kit_session("s1"));
    EXPECT_EQ(found.rows.front().key, "s1");
    EXPECT_EQ(plan.ask(), rows);
    const auto read = plan.take(kit_participants({joined_row("asha")}));
    EXPECT_EQ(bodies_of(read), "participant " + joined_row("asha"));
    EXPECT_EQ(read.rows.front().key, "s1");
    EXPECT_EQ(plan.plan->phase(), "active");
    EXPECT_EQ(plan.wait(), 3s);
    EXPECT_EQ(plan.ask(), rows);
    EXPECT_EQ(bodies_of(plan.take(kit_participants({joined_row("asha")}))), "");
    EXPECT_TRUE(plan.plan->cursor());
}

TEST(RealtimekitSession, StoresARowAgainWhenSomethingHasHappened)
{
    auto plan = live();
    plan.ask();
    plan.take(kit_participants({joined_row("asha"), joined_row("noor")}));
    plan.ask();
    const auto left = kit_row(
        "asha",
        kit_event("PEER_JOINING", "2026-08-14T09:00:00Z", "asha") + "," +
            kit_event("PEER_LEAVING", "2026-08-14T09:01:00Z", "asha")
    );
    EXPECT_EQ(
        bodies_of(plan.take(kit_participants({left, joined_row("noor")}))), "participant " + left
    );
}

TEST(RealtimekitSession, IsReadPageByPage)
{
    auto plan = live();
    plan.ask();
    plan.take(kit_list("participants", {joined_row("asha")}, 2));
    EXPECT_EQ(plan.ask(), rows.substr(0, rows.size() - 1) + "2");
    plan.take(kit_list("participants", {joined_row("noor")}, 2));
    EXPECT_EQ(plan.wait(), 3s);
    EXPECT_EQ(plan.ask(), rows);
}

TEST(RealtimekitSession, ThatEndsIsReadAtOnceAndOnceMore)
{
    auto plan = live();
    plan.ask();
    plan.take(kit_participants({joined_row("asha")}));
    plan.plan->on_ended(plan.now);
    EXPECT_EQ(plan.wait(), 0s);
    EXPECT_EQ(plan.ask(), rows);
    EXPECT_FALSE(plan.take(kit_participants({joined_row("asha")})).swept);
    EXPECT_EQ(plan.plan->phase(), "late sweep");
    EXPECT_EQ(plan.wait(), 180s);
    EXPECT_EQ(plan.ask(), rows);
    const auto last = plan.hear(200, kit_participants({joined_row("asha"), joined_row("noor")}));
    EXPECT_TRUE(last.swept);
    EXPECT_EQ(bodies_of(last), "participant " + joined_row("noor"));
    plan.plan->on_stored(plan.now);
    EXPECT_EQ(plan.ask(), "done");
}

TEST(RealtimekitSession, ThatIsFoundOverIsClosed)
{
    auto plan = follow();
    plan.ask();
    const auto found = plan.take(kit_one(kit_session("s1", "ENDED")));
    EXPECT_EQ(bodies_of(found), "followed_session " + kit_session("s1", "ENDED"));
    EXPECT_EQ(plan.ask(), rows);
    plan.take(kit_participants({}));
    EXPECT_EQ(plan.plan->phase(), "late sweep");
}

TEST(RealtimekitSession, IsGoneOnWithByASuccessor)
{
    auto plan = live();
    plan.plan->on_ended(plan.now);
    plan.ask();
    plan.take(kit_participants({joined_row("asha")}));
    auto next = follow(plan.plan->state());
    next.now = plan.now;
    EXPECT_EQ(next.plan->phase(), "late sweep");
    EXPECT_EQ(next.wait(), 180s);
    EXPECT_EQ(next.ask(), rows);
    EXPECT_TRUE(next.take(kit_participants({joined_row("asha")})).swept);
    EXPECT_EQ(follow("{\"phase\":3").ask(), look);
}

TEST(RealtimekitSession, HasAStateThatIdleRoundsDoNotChange)
{
    auto plan = live();
    plan.ask();
    plan.take(kit_participants({joined_row("asha")}));
    const auto before = plan.plan->state();
    EXPECT_EQ(before, R"({"phase":"active","account":"aa11"})");
    for (int i = 0; i < 300; ++i) {
        const auto what = plan.ask();
        plan.take(
            what == look ? kit_one(kit_session("s1")) : kit_participants({joined_row("asha")})
        );
    }
    EXPECT_EQ(plan.plan->state(), before);
}

TEST(RealtimekitSession, IsLookedAtEveryTenMinutes)
{
    auto plan = live();
    int looks = 0;
    const auto until = plan.now + 30min;
    while (plan.now < until) {
        const auto what = plan.ask();
        looks += what == look ? 1 : 0;
        plan.take(what == look ? kit_one(kit_session("s1")) : kit_participants({}));
    }
    EXPECT_EQ(looks, 3);
}

// ---- participants that are asked for alone

TEST(RealtimekitRepair, AsksForAParticipantWithoutPeerEventsAlone)
{
    auto plan = live();
    plan.ask();
    EXPECT_EQ(bodies_of(plan.take(kit_participants({kit_row("asha", "")}))), "");
    EXPECT_EQ(plan.ask(), asha_alone);
    EXPECT_EQ(
        bodies_of(plan.take(kit_participant(joined_row("asha")))),
        "participant " + joined_row("asha")
    );
    EXPECT_EQ(plan.wait(), 3s);
    plan.ask();
    EXPECT_EQ(bodies_of(plan.take(kit_participants({kit_row("asha", "")}))), "");
    EXPECT_EQ(plan.ask(), rows) << "asked for alone once";
}

TEST(RealtimekitRepair, ThenByItsPeerThenTakesTheListedRow)
{
    auto plan = live();
    plan.ask();
    const auto bare = kit_row("asha", "", R"("joined_at":"2026-08-14T09:00:00Z",)");
    plan.take(kit_participants({bare}));
    EXPECT_EQ(plan.ask(), asha_alone);
    plan.take(fixture("realtimekit/rest/error_kit_not_found.json"), 404);
    EXPECT_EQ(plan.ask(), asha_by_peer);
    EXPECT_EQ(
        bodies_of(plan.take(kit_participant(joined_row("asha")))),
        "participant " + joined_row("asha")
    );

    auto other = live();
    other.ask();
    other.take(kit_participants({bare}));
    other.ask();
    other.take(kit_participant(bare));
    EXPECT_EQ(other.ask(), asha_by_peer);
    EXPECT_EQ(bodies_of(other.take("{}", 404)), "participant " + bare);
    EXPECT_EQ(other.wait(), 3s);
}

TEST(RealtimekitRepair, GivesUpWhereThereAreNoPeerEventsAtAll)
{
    auto plan = live();
    plan.ask();
    std::vector<std::string> bare;
    for (const auto* id : {"a", "b", "c", "d", "e"})
        bare.push_back(kit_row(id, ""));
    plan.take(kit_participants(bare));
    std::string stored;
    int asked = 0;
    for (; plan.ask() != rows; ++asked)
        stored += bodies_of(plan.take("{}", 404)) + "\n";
    EXPECT_EQ(asked, 6) << "three participants, twice each";
    for (const auto& row : bare)
        EXPECT_THAT(stored, HasSubstr(row));
    plan.take(kit_participants({bare[0], bare[1], bare[2], bare[3], bare[4], kit_row("f", "")}));
    EXPECT_EQ(plan.ask(), rows);
}

TEST(RealtimekitRepair, IsPartOfTheLastSweep)
{
    auto plan = follow(R"({"phase":"late sweep","ended_at":1786698000000,"account":"aa11"})");
    EXPECT_EQ(plan.ask(), rows);
    EXPECT_FALSE(plan.take(kit_participants({kit_row("asha", "")})).swept);
    EXPECT_EQ(plan.ask(), asha_alone);
    EXPECT_TRUE(plan.take(kit_participant(joined_row("asha"))).swept);
    EXPECT_EQ(plan.ask(), "done");
}

TEST(RealtimekitRepair, ThatFailsDoesNotHoldUpTheOthers)
{
    auto plan = live();
    plan.ask();
    plan.take(kit_participants({kit_row("asha", "")}));
    EXPECT_EQ(plan.ask(), asha_alone);
    EXPECT_EQ(plan.hear(500, "").result, poll_result::failed);
    EXPECT_EQ(plan.ask(), asha_alone);
    EXPECT_EQ(bodies_of(plan.take("", 502)), "participant " + kit_row("asha", ""));
    EXPECT_EQ(plan.ask(), rows);
}

// ---- details

struct filtered {
    std::shared_ptr<filters> of = std::make_shared<filters>("device_info,quality_stats");
    polled_plan plan{std::make_unique<session_plan>(
        pace(), of, "s1", R"({"phase":"late sweep","ended_at":1786698000000,"account":"aa11"})"
    )};
};
const std::string asha_details = asha_alone + "&filters=device_info,quality_stats";

TEST(RealtimekitFilters, AskForEachParticipantAfterTheEnd)
{
    filtered with;
    EXPECT_EQ(with.plan.ask(), rows);
    const auto page = kit_participants({joined_row("asha")});
    EXPECT_FALSE(with.plan.take(page).swept);
    EXPECT_EQ(with.plan.ask(), asha_details);
    const auto row = kit_row("asha", "", R"("device_info":{"os":"x"},)");
    const auto found = with.plan.take(kit_participant(row));
    EXPECT_EQ(bodies_of(found), "participant_details " + row);
    EXPECT_TRUE(found.swept);
}

TEST(RealtimekitFilters, ThatAreRefusedAreDroppedWithOneWarning)
{
    filtered with;
    with.plan.ask();
    with.plan.take(kit_participants({joined_row("asha"), joined_row("noor")}));
    EXPECT_EQ(with.plan.ask(), asha_details);
    const auto refused = with.plan.take("{}", 400);
    EXPECT_THAT(refused.why, HasSubstr("filters"));
    EXPECT_TRUE(refused.swept);
    EXPECT_EQ(with.plan.ask(), "done");
    EXPECT_EQ(with.of->names(), "");
    EXPECT_FALSE(with.of->refuse());
}

// ---- what goes wrong

TEST(RealtimekitFailures, AreTheSchedulersBusiness)
{
    struct refusal {
        unsigned status;
        std::string body;
        poll_result comes_to;
    };
    for (const auto& each :
         {refusal{401, fixture("realtimekit/rest/error_auth.json"), poll_result::denied},
          refusal{403, "{}", poll_result::denied},
          refusal{429, fixture("realtimekit/rest/error_rate_limited.json"), poll_result::throttled},
          refusal{408, "", poll_result::failed},
          refusal{500, "", poll_result::failed},
          refusal{503, "", poll_result::failed},
          refusal{302, "", poll_result::failed},
          refusal{
              200, fixture("realtimekit/rest/error_kit_message_only.json"), poll_result::failed},
          refusal{200, "{", poll_result::failed}}) {
        auto plan = live();
        plan.ask();
        EXPECT_EQ(plan.hear(each.status, each.body).result, each.comes_to) << each.status;
        EXPECT_EQ(plan.ask(), rows);
        auto fresh = follow();
        fresh.ask();
        EXPECT_EQ(fresh.hear(each.status, each.body).result, each.comes_to) << each.status;
        EXPECT_EQ(fresh.ask(), look);
    }
}

TEST(RealtimekitFailures, SayNothingOfTheBody)
{
    auto plan = live();
    plan.ask();
    EXPECT_THAT(plan.hear(500, "a secret").why, testing::Not(HasSubstr("secret")));
}

TEST(RealtimekitSession, ThatIsNoMoreIsForgottenAfterAWhile)
{
    auto plan = live();
    plan.ask();
    const auto gone = fixture("realtimekit/rest/error_kit_not_found.json");
    plan.take(gone, 404);
    const auto since = plan.now;
    bool swept = false;
    while (plan.ask() != "done") {
        EXPECT_FALSE(swept);
        EXPECT_EQ(plan.ask(), look);
        swept = plan.take(gone, 404).swept;
    }
    EXPECT_TRUE(swept);
    EXPECT_GE(plan.now - since, 4min);
    EXPECT_LT(plan.now - since, 6min);
}

TEST(RealtimekitSession, ThatWasNeverFoundIsSearchedForAWindow)
{
    auto plan = follow();
    const auto since = plan.now;
    while (plan.ask() == look)
        EXPECT_THAT(plan.take("{}", 404).why, HasSubstr("no such session"));
    EXPECT_GT(plan.now - since, 79h);
}

TEST(RealtimekitSession, WithAPageThatStaysBrokenIsSettledWithAWordOfIt)
{
    auto plan = live();
    plan.plan->on_ended(plan.now);
    std::string told;
    int sweeps = 0;
    for (int i = 0; i < 200 && plan.ask() != "done"; ++i) {
        const bool looks = plan.ask() == look;
        const auto outcome = plan.take(looks ? kit_one(kit_session("s1", "ENDED")) : "{", 200);
        for (const auto& row : outcome.rows)
            told += row.item + "\n";
        sweeps += outcome.swept ? 1 : 0;
    }
    EXPECT_EQ(plan.ask(), "done");
    EXPECT_EQ(sweeps, 1);
    EXPECT_EQ(told, "followed_session\ngiven_up\ngiven_up\n");
}

TEST(RealtimekitSession, StoresARowThatCannotBeReadOnce)
{
    auto plan = live();
    plan.ask();
    const std::string odd = R"({"name":"nobody"})";
    EXPECT_EQ(bodies_of(plan.take(kit_participants({odd}))), "participant " + odd);
    plan.ask();
    EXPECT_EQ(bodies_of(plan.take(kit_participants({odd}))), "");
}

TEST(RealtimekitSession, IsReadFromTheStartWhenSomebodyAsksForIt)
{
    auto plan = live();
    plan.ask();
    plan.take(kit_participants({joined_row("asha")}));
    plan.plan->sweep(plan.now);
    EXPECT_EQ(plan.plan->phase(), "new");
    plan.ask();
    plan.take(kit_participants({joined_row("asha")}));
    EXPECT_EQ(plan.ask(), look);
    plan.take(kit_one(kit_session("s1")));
    EXPECT_EQ(plan.ask(), rows);
    EXPECT_NE(bodies_of(plan.take(kit_participants({joined_row("asha")}))), "");
}

TEST(RealtimekitSession, IsAskedForByAnEncodedId)
{
    auto plan = polled_plan::of("a/b?c", {}, pace(), "realtimekit");
    EXPECT_EQ(plan.ask(), "/sessions/a%2Fb%3Fc");
}

}  // namespace
}  // namespace rollcall::test
