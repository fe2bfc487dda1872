#include "polled_plan.hpp"
#include "providers/attendee/listing_plan.hpp"
#include "providers/given_up.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

namespace rollcall::test {
namespace {

using attendee::listing_plan;

const std::string list_path = "/api/v1/bots";
const std::string nothing_read = R"({"phase":"listing"})";
const std::string empty_page = R"({"next":null,"previous":null,"results":[]})";
const std::string over_path = list_path + "?states=ended&states=fatal_error&states=data_deleted";

std::string rest(const std::string& name)
{
    return fixture("attendee/rest/" + name + ".json");
}

bool is_over(const std::string& target)
{
    return target.starts_with(over_path);
}

// Answers the other kind of walk with nothing, then gives the first target of the wanted kind.
std::string until(polled_plan& run, bool over)
{
    for (;;) {
        auto target = run.ask();
        if (is_over(target) == over)
            return target;
        run.take(empty_page);
    }
}

std::string bot(const std::string& id, const std::string& state, timestamp first, timestamp last)
{
    return R"({"id":")" + id + R"(","state":")" + state +
           R"(","events":[{"type":"join_requested","created_at":")" + to_rfc3339(first) +
           R"("},{"type":"post_processing_completed","created_at":")" + to_rfc3339(last) +
           R"("}]})";
}

std::string page_of(const std::vector<std::string>& rows, const std::string& cursor = {})
{
    std::string joined;
    for (const auto& row : rows)
        joined.append(joined.empty() ? "" : ",").append(row);
    const auto next = cursor.empty() ? "null" : "\"https://a/b?cursor=" + cursor + "\"";
    return R"({"next":)" + next + R"(,"previous":null,"results":[)" + joined + "]}";
}

std::vector<std::string> ids(const poll_outcome& outcome)
{
    std::vector<std::string> found;
    found.reserve(outcome.rows.size());
    for (const auto& row : outcome.rows)
        found.push_back(row.key);
    return found;
}

TEST(ListingPlan, WalksTheBotsThatAreNotOver)
{
    auto run = polled_plan::list();
    EXPECT_EQ(
        run.ask(),
        list_path +
            "?states=ready&states=scheduled&states=staged&states=joining&states=waiting_room"
            "&states=joined_not_recording&states=joined_recording&states=joined_recording_paused"
            "&states=joined_recording_permission_denied&states=joining_breakout_room"
            "&states=leaving_breakout_room&states=leaving&states=post_processing"
            "&states=connecting&states=connected&states=disconnecting"
    );
    const auto outcome = run.take(rest("bots_list_page1"));
    ASSERT_EQ(outcome.rows.size(), 25u);
    EXPECT_EQ(outcome.rows[0].key, "bot_udtDjuDgNgqUN24O");
    EXPECT_EQ(outcome.rows[0].item, "bot");
    EXPECT_TRUE(rest("bots_list_page1").find(outcome.rows[7].body) != std::string::npos);

    const auto second = until(run, false);
    EXPECT_TRUE(second.ends_with("&cursor=cD0yMDI2LTA4LTE0KzA4JTNBNDIlM0EyNC4wOTYzMTElMkIwMCUzQTAw")
    );
    EXPECT_EQ(
        ids(run.take(rest("bots_list_page2"))), std::vector<std::string>{"bot_Qw1b13TALqKYjsYs"}
    );
    EXPECT_EQ(until(run, false).find("cursor"), std::string::npos);
    EXPECT_TRUE(run.take(rest("bots_list_page1")).rows.empty());
    EXPECT_EQ(run.plan->phase(), "listing");
}

TEST(ListingPlan, WalksEveryDiscoveryInterval)
{
    auto run = polled_plan::list();
    run.take(empty_page);
    EXPECT_TRUE(is_over(run.ask()));
    run.take(empty_page);
    EXPECT_NEAR(static_cast<double>(run.wait().count()), 20'000, 100);
    const auto begun = run.now;
    int live = 0;
    while (!is_over(run.ask())) {
        run.take(empty_page);
        ++live;
    }
    EXPECT_EQ(live, 14);  // each takes its time
    EXPECT_GE(run.now - begun, listing_plan::over_period);
}

TEST(ListingPlan, TellsWhatHasChanged)
{
    auto run = polled_plan::list();
    until(run, false);
    EXPECT_EQ(
        ids(run.take(rest("bots_list_active"))), std::vector<std::string>{"bot_Xk3vQ9TmZ2LrB7aE"}
    );
    until(run, false);
    EXPECT_TRUE(run.take(rest("bots_list_active")).rows.empty());
    until(run, false);
    auto changed = rest("bots_list_active");
    changed.replace(changed.find("joined_recording"), 16, "post_processing");
    EXPECT_EQ(run.take(changed).rows.size(), 1u);
    until(run, false);
    EXPECT_TRUE(run.take(changed).rows.empty());
}

TEST(ListingPlan, TellsAgainWhatWasNotStored)
{
    auto run = polled_plan::list();
    run.ask();
    EXPECT_EQ(run.hear(200, rest("bots_list_active")).rows.size(), 1u);
    EXPECT_EQ(run.hear(200, rest("bots_list_active")).rows.size(), 1u);
    run.plan->on_stored(run.now);
    until(run, false);
    EXPECT_TRUE(run.take(rest("bots_list_active")).rows.empty());
}

TEST(ListingPlan, FindsRecentBotsThatWereNeverMetAlive)
{
    auto run = polled_plan::list();
    const auto hours_ago = [&](int hours) { return run.now - std::chrono::hours{hours}; };
    until(run, false);
    run.take(page_of({bot("bot_alive", "joined_recording", hours_ago(1), hours_ago(1))}));
    until(run, true);
    const auto told = ids(run.take(page_of(
        {bot("bot_ancient", "ended", hours_ago(100), hours_ago(99)),
         bot("bot_old", "ended", hours_ago(73), hours_ago(1)),
         bot("bot_alive", "ended", hours_ago(1), hours_ago(0)),
         bot("bot_dead", "fatal_error", hours_ago(71), hours_ago(70)),
         bot("bot_short", "data_deleted", hours_ago(0), hours_ago(0)),
         R"({"id":"bot_timeless","state":"ended","events":[]})"}
    )));
    // That one had been told of alive; it is over, and that is told of, too.
    EXPECT_EQ(told, (std::vector<std::string>{"bot_alive", "bot_dead", "bot_short"}));
    until(run, true);
    EXPECT_TRUE(
        run.take(page_of({bot("bot_alive", "ended", hours_ago(1), hours_ago(0))})).rows.empty()
    );
}

TEST(ListingPlan, AnotherAccountIsWalkedFromItsStart)
{
    poll_pace pace;
    pace.account = "0123abcd";
    auto run = polled_plan::list({}, pace);
    until(run, true);
    run.take(page_of({bot("bot_1", "ended", run.now, run.now)}, "one"));
    until(run, true);
    run.take(empty_page);
    const auto state = run.plan->state();
    EXPECT_NE(state.find(R"("account":"0123abcd")"), std::string::npos);
    EXPECT_EQ(polled_plan::list(state, pace).plan->state(), state);
    EXPECT_EQ(polled_plan::list(state).plan->cursor(), run.plan->cursor());
    pace.account = "ffffffff";
    EXPECT_EQ(polled_plan::list(state, pace).plan->state(), nothing_read);
}

TEST(ListingPlan, ForgetsWhatAClockSaidThatWasAhead)
{
    auto run = polled_plan::list();
    const auto right = run.now;
    run.now += std::chrono::hours{3};
    until(run, true);
    run.take(page_of({bot("bot_1", "ended", right - std::chrono::hours{90}, right)}, "one"));
    until(run, true);
    run.take(empty_page);
    EXPECT_GT(run.plan->cursor(), right);
    ASSERT_EQ(until(run, true), over_path + "&cursor=one");

    // Set right again; meanwhile a bot has lived and died.
    run.now = right + std::chrono::minutes{20};
    ASSERT_EQ(until(run, true), over_path + "&cursor=one");
    const auto page = page_of({bot("bot_2", "ended", right, right + std::chrono::minutes{15})});
    EXPECT_TRUE(run.take(page).rows.empty());
    EXPECT_EQ(run.plan->state(), nothing_read);
    EXPECT_EQ(until(run, true), over_path);
    EXPECT_EQ(ids(run.take(page)), std::vector<std::string>{"bot_2"});
    EXPECT_LT(run.plan->cursor(), right + std::chrono::minutes{21});
}

TEST(ListingPlan, PassesOverAPageThatIsOfNoUseAndTellsOfItOnce)
{
    auto run = polled_plan::list();
    std::vector<given_up> told;
    const auto begun = run.now;
    while (run.now - begun < std::chrono::hours{2}) {
        const auto target = run.ask();
        if (is_over(target)) {
            run.take(empty_page);
            continue;
        }
        const bool first = target.find("cursor") == std::string::npos;
        const auto outcome =
            run.take(first ? page_of({bot("bot_1", "ready", begun, begun)}, "two") : "{");
        for (const auto& row : outcome.rows)
            if (row.item == given_up_item)
                told.push_back(*read_given_up(row.body));
    }
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].target.ends_with("&cursor=two"));
    EXPECT_EQ(told[0].tries, 10U);

    // It is well again: what lies behind it is found, and should it break once more that is told.
    while (until(run, false).find("cursor") == std::string::npos)
        run.take(page_of({bot("bot_1", "ready", begun, begun)}, "two"));
    EXPECT_EQ(
        ids(run.take(page_of({bot("bot_2", "ready", begun, begun)}))),
        std::vector<std::string>{"bot_2"}
    );
    std::size_t again = 0;
    for (int i = 0; i < 30; ++i) {
        until(run, false);
        again += run.take("{").rows.size();
    }
    EXPECT_EQ(again, 1U);
}

TEST(ListingPlan, AWalkOverTheEndedThatIsGivenUpHasSeenNothing)
{
    auto run = polled_plan::list(R"({"over_until":1786698000000,"over_cursor":"one"})");
    const auto state = run.plan->state();
    std::size_t told = 0;
    for (int i = 0; i < 100; ++i) {
        until(run, true);
        told += run.take("{").rows.size();
    }
    EXPECT_EQ(told, 1U);
    EXPECT_EQ(run.plan->state(), state);
}

TEST(ListingPlan, ABotThatIsLongerThanCanBeReadHidesNoOther)
{
    auto run = polled_plan::list();
    until(run, false);
    const auto page = page_of(
        {R"({"id":"bot_1","metadata":{"a":")" + std::string(2UL * 1024 * 1024, 'x') + R"("}})",
         bot("bot_2", "ready", run.now, run.now)}
    );
    EXPECT_EQ(ids(run.take(page)), (std::vector<std::string>{"", "bot_2"}));
    until(run, false);
    EXPECT_TRUE(run.take(page).rows.empty());
}

TEST(ListingPlan, BeginsTheWalkOverTheEndedWhereNothingIsNew)
{
    auto run = polled_plan::list();
    const auto hours_ago = [&](int hours) { return run.now - std::chrono::hours{hours}; };
    EXPECT_EQ(until(run, true), over_path);
    EXPECT_EQ(run.plan->state(), nothing_read);
    run.take(page_of({bot("bot_1", "ended", hours_ago(100), hours_ago(99))}, "one"));
    until(run, true);
    run.take(page_of({bot("bot_2", "ended", hours_ago(2), hours_ago(1))}, "two"));
    until(run, true);
    EXPECT_EQ(run.plan->state(), nothing_read);
    run.take(empty_page);
    const auto state = run.plan->state();
    EXPECT_NE(state.find(R"(,"over_cursor":"one"})"), std::string::npos) << state;

    // The next one begins there, and leaves behind what it had told of.
    EXPECT_EQ(until(run, true), over_path + "&cursor=one");
    EXPECT_TRUE(
        run.take(page_of({bot("bot_2", "ended", hours_ago(2), hours_ago(1))}, "two")).rows.empty()
    );
    until(run, true);
    run.take(empty_page);
    EXPECT_NE(run.plan->state().find(R"("over_cursor":"two")"), std::string::npos);

    // So does a successor, which does not know the bots any more.
    auto next = polled_plan::list(run.plan->state());
    next.now = run.now;
    EXPECT_EQ(until(next, true), over_path + "&cursor=two");
    EXPECT_EQ(
        ids(next.take(page_of(
            {bot("bot_3", "ended", hours_ago(3), hours_ago(2)),
             bot("bot_4", "ended", hours_ago(3), next.now)}
        ))),
        std::vector<std::string>{"bot_4"}
    );
}

TEST(ListingPlan, ReadsAllThatIsOverWhenItsCursorIsRefused)
{
    auto run = polled_plan::list(R"({"over_until":1786698000000,"over_cursor":"one"})");
    EXPECT_EQ(until(run, true), over_path + "&cursor=one");
    const auto state = run.plan->state();
    EXPECT_EQ(
        run.hear(404, fixture("attendee/errors/404_invalid_cursor.json")).result,
        poll_result::failed
    );
    EXPECT_EQ(run.plan->state(), state);
    EXPECT_EQ(until(run, true), over_path);
    run.take(empty_page);
    EXPECT_EQ(run.plan->state().find("over_cursor"), std::string::npos);
}

TEST(ListingPlan, ForgetsBotsThatAreNotMetAnyMore)
{
    auto run = polled_plan::list();
    auto& plan = dynamic_cast<listing_plan&>(*run.plan);
    run.ask();
    run.take(rest("bots_list_page1"));
    until(run, false);
    run.take(rest("bots_list_page2"));
    EXPECT_EQ(plan.remembered(), 26u);
    const auto begun = run.now;
    while (run.now - begun < std::chrono::minutes{11}) {
        run.ask();
        run.take(empty_page);
    }
    EXPECT_EQ(plan.remembered(), 0u);
}

TEST(ListingPlan, TellsUnusableBotsOnce)
{
    auto run = polled_plan::list();
    for (const bool over : {false, true}) {
        const std::string over_text = over ? "1" : "0";
        const auto page =
            page_of({R"({"state":"ready","n":)" + over_text + "}", R"({"id":7})", R"({"id":"b"})"});
        until(run, over);
        EXPECT_EQ(run.take(page).rows.size(), over ? 1u : 3u);
        until(run, over);
        EXPECT_TRUE(run.take(page).rows.empty());
    }
}

TEST(ListingPlan, AsksAnOlderServerForTheStatesItKnows)
{
    auto run = polled_plan::list();
    run.ask();
    const std::string answer =
        R"({"error":"Invalid state: connecting. Valid states are: ready, joining, ended, left"})";
    EXPECT_EQ(run.hear(400, answer).result, poll_result::failed);
    EXPECT_EQ(until(run, false), list_path + "?states=ready&states=joining");
    EXPECT_EQ(run.hear(400, answer).result, poll_result::failed);
    EXPECT_EQ(until(run, false), list_path + "?states=ready&states=joining");
}

TEST(ListingPlan, NoRecordedErrorMovesIt)
{
    const auto index = fixture("attendee/errors/index.json");
    rapidjson::Document doc;
    doc.Parse(index.data(), index.size());
    for (const auto& each : doc.GetArray()) {
        SCOPED_TRACE(each["file"].GetString());
        for (const bool over : {false, true}) {
            auto run = polled_plan::list(R"({"over_until":1786698000000})");
            auto target = until(run, over);
            const auto state = run.plan->state();
            const unsigned status = each["status"].GetUint();
            const auto outcome =
                run.hear(status, fixture(std::string{"attendee/"} + each["file"].GetString()));
            EXPECT_EQ(
                outcome.result,
                status == 401   ? poll_result::denied
                : status == 429 ? poll_result::throttled
                                : poll_result::failed
            );
            EXPECT_TRUE(outcome.rows.empty());
            EXPECT_EQ(run.plan->state(), state);
            EXPECT_EQ(until(run, over), target);
        }
    }
}

TEST(ListingPlan, DropsACursorAfterTwo500s)
{
    auto run = polled_plan::list();
    const auto first = run.ask();
    run.take(rest("bots_list_page1"));
    const auto second = until(run, false);
    run.hear(500, "");
    EXPECT_EQ(until(run, false), second);
    run.hear(500, "");
    EXPECT_EQ(until(run, false), first);
}

TEST(ListingPlan, FailsOnACircleAndOnEndlessPages)
{
    auto run = polled_plan::list();
    run.ask();
    run.take(page_of({}, "again"));
    until(run, false);
    EXPECT_EQ(run.hear(200, page_of({}, "again")).result, poll_result::failed);

    auto endless = polled_plan::list();
    std::size_t pages = 0;
    for (poll_outcome outcome; outcome.why.empty(); ++pages) {
        ASSERT_LE(pages, listing_plan::most_live_pages);
        until(endless, false);
        outcome = endless.take(page_of({}, std::to_string(pages)));
    }
    EXPECT_EQ(pages, listing_plan::most_live_pages);
    EXPECT_EQ(until(endless, false).find("cursor"), std::string::npos);
}

TEST(ListingPlan, AFailingWalkDoesNotKeepTheOtherFromBeingWalked)
{
    for (const bool failing : {false, true}) {
        auto run = polled_plan::list();
        int others = 0;
        const auto begun = run.now;
        while (run.now - begun < std::chrono::minutes{11}) {
            if (is_over(run.ask()) == failing)
                run.take("", 500);
            else
                others += run.take(empty_page).result == poll_result::good ? 1 : 0;
        }
        EXPECT_GE(others, failing ? 30 : 2);
    }
}

TEST(ListingPlan, ASweepTellsOfEveryBotAgain)
{
    auto run = polled_plan::list(R"({"over_until":1786698000000,"over_cursor":"one"})");
    run.ask();
    run.take(rest("bots_list_active"));
    run.plan->sweep(run.now);
    EXPECT_EQ(run.plan->state(), nothing_read);
    run.ask();
    run.take(empty_page);
    until(run, false);
    EXPECT_EQ(run.take(rest("bots_list_active")).rows.size(), 1u);
    EXPECT_EQ(until(run, true), over_path);
}

TEST(ListingPlan, AStateThatCannotBeReadIsNone)
{
    for (const auto* state :
         {"x",
          "[]",
          "{}",
          R"({"over_cursor":"one"})",
          R"({"over_until":1})",
          R"({"over_until":"1786698000000"})"}) {
        auto run = polled_plan::list(state);
        EXPECT_EQ(run.plan->state(), nothing_read);
        EXPECT_EQ(until(run, true), over_path);
    }
}

TEST(AttendeeProvider, SaysHowItIsAsked)
{
    const auto& attendee = *find_provider("attendee");
    EXPECT_EQ(
        attendee.request_headers("key"),
        (headers{{"authorization", "Token key"}, {"accept", "application/json"}})
    );
    EXPECT_EQ(attendee.default_base_url(), "https://app.attendee.dev");
    EXPECT_EQ(attendee.requests_a_minute(), 3000u);
}

}  // namespace
}  // namespace rollcall::test
