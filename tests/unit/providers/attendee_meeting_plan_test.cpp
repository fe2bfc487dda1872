#include "attendee_model.hpp"
#include "polled_plan.hpp"
#include "providers/attendee/meeting_plan.hpp"
#include "providers/given_up.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <algorithm>

namespace rollcall::test {
namespace {

using attendee::meeting_plan;

const std::string bot_id = "bot_Xk3vQ9TmZ2LrB7aE";
const std::string bot_path = "/api/v1/bots/" + bot_id;
const std::string events_path = bot_path + "/participant_events";
const std::string chat_path = bot_path + "/chat_messages";
const std::string empty_page = R"({"next":null,"previous":null,"results":[]})";

std::string rest(const std::string& name)
{
    return fixture("attendee/rest/" + name + ".json");
}

std::string bot_in(const std::string& state, const std::string& join_at = "null")
{
    return R"({"id":")" + bot_id + R"(","state":")" + state + R"(","events":[],"join_at":)" +
           join_at + "}";
}

std::string page_of(const std::vector<std::string>& rows, const std::string& cursor = {})
{
    std::string joined;
    for (const auto& row : rows)
        joined.append(joined.empty() ? "" : ",").append(row);
    const auto next = cursor.empty() ? "null" : "\"https://a/b?cursor=" + cursor + "\"";
    return R"({"next":)" + next + R"(,"previous":null,"results":[)" + joined + "]}";
}

std::string event_at(const std::string& id, const char* at)
{
    return event_row(id, "join", *parse_rfc3339(at));
}

// Up to the first request for participant events.
polled_plan active_plan(std::string_view state = {})
{
    auto run = polled_plan::of(bot_id, state);
    EXPECT_EQ(run.ask(), bot_path);
    EXPECT_EQ(run.take(rest("bot_detail")).rows.size(), 1u);
    return run;
}

// Answers whatever comes before it, then gives the first target that begins so.
std::string until(polled_plan& run, const std::string& path)
{
    for (int i = 0; i < 100; ++i) {
        auto target = run.ask();
        if (target == path || target.starts_with(path + "?") || target == "done")
            return target;
        run.take(target == bot_path ? bot_in("joined_recording") : empty_page);
    }
    return "never";
}

std::size_t count(const poll_outcome& outcome, std::string_view item)
{
    return static_cast<std::size_t>(
        std::ranges::count(outcome.rows, std::string{item}, &polled_row::item)
    );
}

TEST(MeetingPlan, LooksAtTheBotFirst)
{
    auto run = polled_plan::of(bot_id);
    EXPECT_EQ(run.plan->phase(), "new");
    EXPECT_EQ(run.ask(), bot_path);
    const auto outcome = run.take(rest("bot_detail"));
    ASSERT_EQ(outcome.rows.size(), 1u);
    EXPECT_EQ(outcome.rows[0].key, bot_id);
    EXPECT_EQ(outcome.rows[0].item, "followed_bot");
    EXPECT_EQ(outcome.rows[0].body, rest("bot_detail"));
    EXPECT_EQ(run.plan->phase(), "active");
}

TEST(MeetingPlan, ReadsTheRecordedPages)
{
    auto run = active_plan();
    EXPECT_EQ(run.ask(), events_path);
    auto outcome = run.take(rest("participant_events_page1"));
    EXPECT_EQ(count(outcome, "participant_event"), 25u);
    EXPECT_EQ(outcome.rows[0].key, bot_id);
    EXPECT_EQ(run.plan->cursor(), std::nullopt);
    EXPECT_EQ(run.ask(), chat_path);  // which has waited longer than the next page
    EXPECT_EQ(count(run.take(rest("chat_messages")), "chat_message"), 1u);
    EXPECT_EQ(
        run.ask(), events_path + "?cursor=cD0yMDI2LTA4LTE0KzA5JTNBMDIlM0ExMS45MTExMjAlMkIwMCUzQTAw"
    );
    EXPECT_EQ(run.take(rest("participant_events_page2")).rows.size(), 7u);
    EXPECT_EQ(run.plan->cursor(), timestamp{milliseconds{1786698300500}});

    // The next round, 120 s behind the last row; what is known is not told again.
    EXPECT_EQ(run.wait(), milliseconds{3'000});
    EXPECT_EQ(run.ask(), events_path + "?after=2026-08-14T09%3A03%3A00.500Z");
    EXPECT_EQ(run.take(rest("participant_events_page2_polled_again")).rows.size(), 2u);
}

TEST(MeetingPlan, UsesTheCursorOfAForeignHostOnly)
{
    auto run = active_plan();
    run.ask();
    run.take(rest("participant_events_page1_internal_next_host"));
    EXPECT_EQ(
        until(run, events_path),
        events_path + "?cursor=cD0yMDI2LTA4LTE0KzA5JTNBMDIlM0ExMS45MTExMjAlMkIwMCUzQTAw"
    );
}

TEST(MeetingPlan, KeepsTheFilterOnEveryPage)
{
    auto run = active_plan(R"({"phase":"active","after":1786698150000,"swept_at":1786698000000})");
    EXPECT_EQ(run.ask(), events_path + "?after=2026-08-14T09%3A00%3A30.000Z");
    EXPECT_EQ(run.take(rest("participant_events_after_page1")).rows.size(), 25u);
    EXPECT_EQ(
        until(run, events_path),
        events_path +
            "?after=2026-08-14T09%3A00%3A30.000Z"
            "&cursor=cD0yMDI2LTA4LTE0KzA5JTNBMDMlM0ExMC41MDA5MDAlMkIwMCUzQTAw"
    );
    EXPECT_FALSE(run.take(rest("participant_events_after_page2")).rows.empty());
}

TEST(MeetingPlan, ReadsRowsOfOneInsertionTimeAtTheStart)
{
    auto run = active_plan();
    run.ask();
    EXPECT_EQ(run.take(rest("participant_events_tied_created_at_page1")).rows.size(), 25u);
    EXPECT_EQ(until(run, events_path), events_path + "?cursor=bz0yNQ%3D%3D");
    EXPECT_EQ(run.take(rest("participant_events_tied_created_at_page2")).rows.size(), 2u);
}

TEST(MeetingPlan, LeavesACursorAmongRowsOfOneInsertionTime)
{
    auto run = active_plan();
    run.ask();
    run.take(page_of(
        {event_at("pe_1", "2026-08-14T09:02:11Z")},
        // o=3&p=2026-08-14+09:02:11+00:00
        "bz0zJnA9MjAyNi0wOC0xNCswOSUzQTAyJTNBMTElMkIwMCUzQTAw"
    ));
    const auto jumped = events_path + "?after=2026-08-14T09%3A02%3A11%2B00%3A00";
    EXPECT_EQ(until(run, events_path), jumped);

    // A server that does not take it is asked as it wants to be.
    EXPECT_EQ(
        run.hear(400, fixture("attendee/errors/400_invalid_after.json")).result, poll_result::failed
    );
    EXPECT_EQ(until(run, events_path), events_path);
    run.take(page_of({}, "bz0zJnA9MjAyNi0wOC0xNCswOSUzQTAyJTNBMTElMkIwMCUzQTAw"));
    EXPECT_EQ(
        until(run, events_path),
        events_path + "?cursor=bz0zJnA9MjAyNi0wOC0xNCswOSUzQTAyJTNBMTElMkIwMCUzQTAw"
    );
}

TEST(MeetingPlan, WalksAgainFromBeforeARowThatCameTwice)
{
    auto run = active_plan();
    run.ask();
    const auto first = event_at("pe_1", "2026-08-14T09:02:00Z");
    const auto twice = event_at("pe_2", "2026-08-14T09:02:11Z");
    run.take(page_of({first, twice}, "opaque"));
    EXPECT_EQ(until(run, events_path), events_path + "?cursor=opaque");
    EXPECT_EQ(run.take(page_of({twice})).rows.size(), 0u);
    EXPECT_EQ(run.plan->cursor(), std::nullopt);
    EXPECT_EQ(until(run, events_path), events_path + "?after=2026-08-14T09%3A02%3A10.999Z");
    // Once: what comes twice again is left to the sweeps.
    run.take(page_of({twice}, "opaque"));
    until(run, events_path);
    EXPECT_EQ(run.take(page_of({twice, event_at("pe_3", "2026-08-14T09:02:11Z")})).rows.size(), 1u);
    EXPECT_EQ(run.plan->cursor(), parse_rfc3339("2026-08-14T09:02:11Z").value());
    EXPECT_EQ(until(run, events_path), events_path + "?after=2026-08-14T09%3A00%3A11.000Z");
}

TEST(MeetingPlan, MovesNothingBeforeTheRowsAreStored)
{
    auto run = active_plan();
    const auto target = run.ask();
    const auto before = run.plan->state();
    EXPECT_EQ(run.hear(200, rest("participant_events_page1")).rows.size(), 25u);
    EXPECT_EQ(run.ask(), target);
    // Not stored: they are told again.
    EXPECT_EQ(run.hear(200, rest("participant_events_page1")).rows.size(), 25u);
    run.plan->on_stored(run.now);
    EXPECT_EQ(run.plan->state(), before);  // there is another page
    run.ask();
    run.hear(200, rest("participant_events_page2"));
    EXPECT_EQ(run.plan->state(), before);
    run.plan->on_stored(run.now);
    EXPECT_NE(run.plan->state(), before);
}

TEST(MeetingPlan, DatesNothingLaterThanTheProvidersClock)
{
    auto run = active_plan();
    run.ask();
    run.take(page_of({event_at("pe_1", "2026-08-14T11:00:00Z")}));
    EXPECT_EQ(run.plan->cursor(), std::chrono::floor<std::chrono::seconds>(run.now));
}

TEST(MeetingPlan, DatesNothingWithoutTheProvidersClock)
{
    auto run = active_plan();
    run.ask();
    const auto page = page_of({event_at("pe_1", "2026-08-14T09:00:00Z")});
    EXPECT_EQ(run.plan->on_response({200, "", std::nullopt, page}, run.now).rows.size(), 1u);
    run.plan->on_stored(run.now);
    EXPECT_EQ(run.plan->cursor(), std::nullopt);
}

TEST(MeetingPlan, GoesBackWithTheProvidersClock)
{
    auto run = active_plan();
    run.ask();
    run.take(page_of({event_at("pe_1", "2026-08-14T09:05:00Z")}));
    until(run, events_path);
    const auto set_back = *parse_rfc3339("2026-08-14T08:30:00Z");
    run.plan->on_response({200, "", set_back, empty_page}, run.now);
    run.plan->on_stored(run.now);
    EXPECT_EQ(run.plan->cursor(), set_back);
}

TEST(MeetingPlan, IgnoresTimesThatAreNone)
{
    auto run = active_plan();
    run.ask();
    run.take(page_of(
        {R"({"id":"a","timestamp_ms":-1})",
         R"({"id":"b","timestamp_ms":"1786698300500"})",
         R"({"id":"c","timestamp_ms":1e300})",
         R"({"id":"d"})"}
    ));
    EXPECT_EQ(run.plan->cursor(), std::nullopt);
}

TEST(MeetingPlan, StoresAnUnusableRowOnce)
{
    auto run = active_plan();
    const std::string deep =
        R"({"id":"x","a":)" + std::string(200, '[') + std::string(200, ']') + "}";
    const std::vector<std::string> rows = {
        R"({"event_type":"join"})",
        R"({"id":7})",
        R"({"id":"","a":1})",
        R"({"a":1,"a":2})",
        deep,
        R"({"event_type":"join"})"};
    run.ask();
    EXPECT_EQ(run.take(page_of(rows)).rows.size(), 5u);
    until(run, events_path);
    EXPECT_EQ(run.take(page_of(rows)).rows.size(), 0u);
}

// So many requests of a meeting in which nothing happens, and how many of its walks were whole.
int idle_sweeps(polled_plan& run, int requests)
{
    int sweeps = 0;
    for (int i = 0; i < requests; ++i) {
        const auto target = run.ask();
        sweeps += target == events_path ? 1 : 0;
        run.take(
            target == bot_path                ? rest("bot_detail")
            : target.starts_with(events_path) ? rest("participant_events_page2")
                                              : empty_page
        );
    }
    return sweeps;
}

// Also those in which everything is read again.
TEST(MeetingPlan, IdleRoundsChangeNoState)
{
    auto run = active_plan();
    run.ask();
    run.take(rest("participant_events_page2"));
    until(run, chat_path);
    run.take(empty_page);
    const auto state = run.plan->state();
    EXPECT_GE(idle_sweeps(run, 1'000), 3);
    EXPECT_EQ(run.plan->state(), state);
}

TEST(MeetingPlan, BeingHandedOnChangesNoState)
{
    auto run = active_plan();
    run.ask();
    run.take(rest("participant_events_page2"));
    const auto state = run.plan->state();
    auto next = polled_plan::of(bot_id, state);
    next.now = run.now;
    EXPECT_EQ(next.plan->phase(), "new");
    EXPECT_EQ(next.plan->state(), state);
    idle_sweeps(next, 10);
    EXPECT_EQ(next.plan->phase(), "active");
    EXPECT_EQ(next.plan->state(), state);
}

TEST(MeetingPlan, ReadsEverythingEveryTenMinutes)
{
    auto run = active_plan();
    run.ask();
    run.take(rest("participant_events_page2"));
    const auto begun = run.now;
    int rounds = 0;
    for (; until(run, events_path) != events_path; ++rounds)
        run.take(empty_page);
    EXPECT_NEAR(
        static_cast<double>((run.now - begun).count()),
        static_cast<double>(meeting_plan::sweep_period.count()),
        10'000
    );
    EXPECT_GT(rounds, 150);
}

TEST(MeetingPlan, FindsAnEditedChatMessage)
{
    auto run = active_plan();
    until(run, chat_path);
    const auto at = *parse_rfc3339("2026-08-14T09:00:00Z");
    EXPECT_EQ(run.take(page_of({chat_row("msg_1", "one", at)})).rows.size(), 1u);
    EXPECT_EQ(until(run, chat_path), chat_path + "?updated_after=2026-08-14T08%3A58%3A00.000Z");
    EXPECT_EQ(
        run.take(page_of({chat_row("msg_1", "one", at), chat_row("msg_1", "two", at)})).rows.size(),
        1u
    );
}

// Its chat, if this server has none of app sessions, is as unknown as that of an unknown bot.
TEST(MeetingPlan, DoesWithoutTheChatOfAnAppSession)
{
    for (const bool has_chat : {false, true}) {
        auto run = polled_plan::of("app_U3yT6rE9wQ2aS5dF");
        EXPECT_EQ(run.ask(), "/api/v1/bots/app_U3yT6rE9wQ2aS5dF");
        run.take(R"({"id":"app_U3yT6rE9wQ2aS5dF","state":"connected"})");
        int chats = 0;
        std::size_t messages = 0;
        bool swept = false;
        for (int i = 0; i < 50 && run.ask() != "done"; ++i) {
            const auto target = run.ask();
            if (target.find("chat") == std::string::npos) {
                swept = run.take(
                               target.ends_with("F")
                                   ? R"({"id":"app_U3yT6rE9wQ2aS5dF","state":"ended"})"
                                   : empty_page
                )
                            .swept;
                continue;
            }
            ++chats;
            if (has_chat) {
                const auto outcome = run.take(rest("chat_messages"));
                messages += outcome.rows.size();
                swept = outcome.swept;
            } else {
                const auto outcome =
                    run.hear(404, fixture("attendee/errors/404_bot_not_found.json"));
                EXPECT_EQ(outcome.result, poll_result::good);
                swept = outcome.swept;
                run.plan->on_stored(run.now);
            }
        }
        EXPECT_EQ(run.ask(), "done");
        EXPECT_TRUE(swept);
        EXPECT_EQ(messages, has_chat ? 1U : 0U);
        EXPECT_EQ(chats, 3);  // once while it lasts, and in either sweep
    }
}

TEST(MeetingPlan, DoesWithoutAChatListThatIsNotServed)
{
    auto run = active_plan();
    until(run, chat_path);
    EXPECT_EQ(
        run.hear(404, fixture("attendee/errors/404_unknown_path.json")).result, poll_result::good
    );
    run.plan->on_stored(run.now);
    for (int i = 0; i < 50; ++i) {
        EXPECT_NE(run.ask(), chat_path);
        run.take(run.ask() == bot_path ? rest("bot_detail") : empty_page);
    }
}

TEST(MeetingPlan, PutsTheIdIntoThePathSafely)
{
    auto run = polled_plan::of("a/b?c=d#e%&ü ");
    EXPECT_EQ(run.ask(), "/api/v1/bots/a%2Fb%3Fc%3Dd%23e%25%26%C3%BC%20");
}

// Before the meeting.

TEST(MeetingPlan, OnlyLooksBeforeTheMeeting)
{
    for (const auto* state : {"ready", "scheduled", "staged"}) {
        auto run = polled_plan::of(bot_id);
        run.ask();
        EXPECT_EQ(run.take(bot_in(state)).rows.size(), 1u);
        EXPECT_EQ(run.plan->phase(), "waiting");
        EXPECT_EQ(run.wait(), milliseconds{20'000});
        EXPECT_EQ(run.ask(), bot_path);
        EXPECT_EQ(run.take(bot_in(state)).rows.size(), 0u);  // no change
        EXPECT_EQ(run.ask(), bot_path);
        EXPECT_EQ(run.take(bot_in("joining")).rows.size(), 1u);
        EXPECT_EQ(run.ask(), events_path);
    }
}

TEST(MeetingPlan, IsLazyWhileTheMeetingIsFarAway)
{
    auto run = polled_plan::of(bot_id);
    run.ask();
    run.take(bot_in("scheduled", R"("2026-08-14T16:00:00Z")"));
    EXPECT_EQ(run.wait(), meeting_plan::longest_look);
    run.now = *parse_rfc3339("2026-08-14T15:58:00Z");
    run.ask();
    run.take(bot_in("scheduled", R"("2026-08-14T16:00:00Z")"));
    EXPECT_NEAR(static_cast<double>(run.wait().count()), 60'000, 100);
    run.ask();
    run.take(bot_in("scheduled", R"("2026-08-14T16:00:00Z")"));
    EXPECT_NEAR(static_cast<double>(run.wait().count()), 30'000, 100);
    run.ask();
    run.take(bot_in("scheduled", R"("2026-08-14T15:00:00Z")"));
    EXPECT_EQ(run.wait(), milliseconds{20'000});
}

TEST(MeetingPlan, CountsAnUnknownStateAsActive)
{
    auto run = polled_plan::of(bot_id);
    run.ask();
    run.take(bot_in("hibernating"));
    EXPECT_EQ(run.plan->phase(), "active");
}

// The end.

TEST(MeetingPlan, SweepsTwiceWhenTheBotIsOver)
{
    auto run = active_plan();
    run.ask();
    run.take(rest("participant_events_page2"));
    run.plan->on_ended(run.now);
    until(run, bot_path);
    EXPECT_EQ(run.take(bot_in("ended")).rows.size(), 1u);
    EXPECT_EQ(run.plan->phase(), "ended");

    EXPECT_EQ(run.ask(), events_path);  // everything
    EXPECT_EQ(run.take(rest("participant_events_page1")).rows.size(), 25u);
    run.ask();
    EXPECT_EQ(run.take(rest("participant_events_page2_polled_again")).rows.size(), 2u);
    EXPECT_EQ(run.ask(), chat_path);
    EXPECT_FALSE(run.take(rest("chat_messages")).swept);
    EXPECT_EQ(run.plan->phase(), "late sweep");
    EXPECT_EQ(run.wait(), milliseconds{180'000});

    run.plan->on_ended(run.now);  // told by every further sign: nothing new
    EXPECT_EQ(run.wait(), milliseconds{180'000});
    EXPECT_EQ(run.ask(), events_path);
    EXPECT_FALSE(run.take(page_of({event_at("pe_late", "2026-08-14T09:05:00Z")})).swept);
    EXPECT_EQ(run.ask(), chat_path);
    const auto last = run.take(rest("chat_messages"));
    EXPECT_TRUE(last.swept);
    EXPECT_TRUE(last.rows.empty());
    EXPECT_EQ(run.ask(), "done");
    EXPECT_EQ(run.plan->phase(), "done");
}

TEST(MeetingPlan, LooksAtOnceWhenTheEndIsTold)
{
    auto run = active_plan();
    run.ask();
    run.take(empty_page);
    run.ask();
    run.take(empty_page);
    ASSERT_GT(run.wait(), milliseconds{0});
    run.plan->on_ended(run.now);
    EXPECT_EQ(run.wait(), milliseconds{0});
    until(run, bot_path);
    EXPECT_LT(run.now - *parse_rfc3339("2026-08-14T09:05:10Z"), milliseconds{1'000});
    // The server does not know of it yet: soon again, then as usual.
    run.take(rest("bot_detail"));
    const auto asked = run.now;
    until(run, bot_path);
    EXPECT_LE(run.now - asked, milliseconds{3'100});
    run.take(rest("bot_detail"));
    const auto again = run.now;
    until(run, bot_path);
    EXPECT_GE(run.now - again, milliseconds{20'000});
}

TEST(MeetingPlan, AnAnswerBelongsToWhatWasAskedWhateverIsTold)
{
    auto run = active_plan();
    EXPECT_EQ(run.ask(), events_path);
    run.plan->on_ended(run.now);
    EXPECT_EQ(count(run.take(rest("participant_events_page2")), "participant_event"), 7u);
    EXPECT_EQ(run.ask(), bot_path);
}

TEST(MeetingPlan, SweepsDeletedDataOnce)
{
    auto run = active_plan();
    until(run, bot_path);
    run.take(bot_in("data_deleted"));
    EXPECT_EQ(run.ask(), events_path);
    EXPECT_FALSE(run.take(empty_page).swept);
    EXPECT_EQ(run.ask(), chat_path);
    EXPECT_TRUE(run.take(empty_page).swept);
    EXPECT_EQ(run.ask(), "done");
}

TEST(MeetingPlan, ABotThatWasOverBeforeIsSweptToo)
{
    auto run = polled_plan::of(bot_id);
    run.ask();
    EXPECT_EQ(run.take(bot_in("fatal_error")).rows.size(), 1u);
    EXPECT_EQ(run.ask(), events_path);
}

// Looks for a bot that is not there until it is gone: how long that took, and the last outcome.
struct search {
    milliseconds length{0};
    int looks = 0;
    poll_outcome last;
};
search search_in_vain(polled_plan& run)
{
    search made;
    const auto begun = run.now;
    while (run.ask() == bot_path && made.looks < 10'000) {
        EXPECT_FALSE(made.last.swept);
        made.last = run.hear(404, fixture("attendee/errors/404_bot_not_found.json"));
        EXPECT_EQ(made.last.result, poll_result::good);
        EXPECT_TRUE(made.last.rows.empty());
        run.plan->on_stored(run.now);
        ++made.looks;
    }
    made.length = run.now - begun;
    EXPECT_EQ(run.ask(), "done");
    return made;
}

TEST(MeetingPlan, ABotThatIsFoundNoMoreIsGoneAfterMinutes)
{
    auto run = active_plan();
    run.ask();
    EXPECT_EQ(
        run.hear(404, fixture("attendee/errors/404_bot_not_found.json")).result, poll_result::good
    );
    run.plan->on_stored(run.now);
    const auto made = search_in_vain(run);
    EXPECT_TRUE(made.last.swept);
    EXPECT_EQ(made.last.why, "");
    EXPECT_EQ(made.looks, 14);
    EXPECT_GT(made.length, std::chrono::minutes{4});
}

// The key may be that of another project: then nothing has been swept.
TEST(MeetingPlan, ABotThatWasNeverFoundIsSoughtForAWindow)
{
    const poll_pace pace;
    auto run = polled_plan::of(bot_id);
    const auto made = search_in_vain(run);
    EXPECT_TRUE(made.last.swept);
    EXPECT_NE(made.last.why.find("API key"), std::string::npos);
    EXPECT_GE(made.length, pace.window - search_pace::longest_pause);
    EXPECT_LT(made.looks, 600);
}

TEST(MeetingPlan, WhatWasFoundInAnotherAccountWasNotFoundInThisOne)
{
    poll_pace pace;
    pace.account = "0123abcd";
    auto found = polled_plan::of(bot_id, {}, pace);
    found.ask();
    found.take(rest("bot_detail"));
    const auto state = found.plan->state();
    EXPECT_EQ(state, R"({"phase":"active","account":"0123abcd"})");

    auto same = polled_plan::of(bot_id, state, pace);
    EXPECT_LT(search_in_vain(same).length, std::chrono::minutes{6});
    pace.account = "ffffffff";
    auto another = polled_plan::of(bot_id, state, pace);
    EXPECT_EQ(another.plan->state(), state);
    EXPECT_GT(search_in_vain(another).length, std::chrono::hours{79});
    EXPECT_EQ(another.plan->state().find("ffffffff"), std::string::npos);

    const auto forged = R"({"account":"\",\"ended_at\":1,\"a\":\""})";
    EXPECT_EQ(polled_plan::of(bot_id, forged, pace).plan->state(), R"({"phase":"new"})");
}

TEST(MeetingPlan, ABotThatIsFoundAgainIsFollowedOn)
{
    auto run = active_plan();
    run.ask();
    EXPECT_EQ(
        run.hear(404, fixture("attendee/errors/404_bot_not_found.json")).result, poll_result::good
    );
    run.plan->on_stored(run.now);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(run.ask(), bot_path);
        run.hear(404, fixture("attendee/errors/404_bot_not_found.json"));
        run.plan->on_stored(run.now);
    }
    EXPECT_EQ(run.ask(), bot_path);
    run.take(rest("bot_detail"));
    EXPECT_EQ(until(run, events_path), events_path);
}

// Errors.

struct failing_answer {
    std::string file;
    unsigned status;
    poll_result expected;
};

std::vector<failing_answer> recorded_errors()
{
    const auto index = fixture("attendee/errors/index.json");
    rapidjson::Document doc;
    doc.Parse(index.data(), index.size());
    std::vector<failing_answer> all;
    for (const auto& each : doc.GetArray()) {
        const unsigned status = each["status"].GetUint();
        if (std::string_view{each["file"].GetString()}.ends_with("404_bot_not_found.json"))
            continue;  // an answer, not an error: ABotThatIsNotFoundIsGoneAfterMinutes
        all.push_back(
            {each["file"].GetString(),
             status,
             status == 401   ? poll_result::denied
             : status == 429 ? poll_result::throttled
                             : poll_result::failed}
        );
    }
    return all;
}

class RecordedError : public testing::TestWithParam<failing_answer> {};

// Wherever it comes: at the look, at a first page, at a page by cursor.
TEST_P(RecordedError, MovesNoCursor)
{
    const auto body = fixture("attendee/" + GetParam().file);
    for (int place = 0; place < 4; ++place) {
        SCOPED_TRACE(place);
        auto run = polled_plan::of(bot_id, R"({"after":1786698150000,"chat_after":1786698150000})");
        for (int i = 0; i < place; ++i) {
            const auto target = run.ask();
            run.take(
                target == bot_path                     ? rest("bot_detail")
                : target.find("cursor") == target.npos ? rest("participant_events_after_page1")
                                                       : rest("participant_events_after_page2")
            );
        }
        const auto target = run.ask();
        const auto state = run.plan->state();
        const auto cursor = run.plan->cursor();
        const auto outcome = run.hear(GetParam().status, body);
        if (target.starts_with(chat_path) && outcome.result == poll_result::good)
            continue;  // this server has no such list: DoesWithoutAChatListThatIsNotServed
        EXPECT_EQ(outcome.result, GetParam().expected);
        EXPECT_TRUE(outcome.rows.empty());
        EXPECT_FALSE(outcome.swept);
        EXPECT_NE(outcome.why.find(std::to_string(GetParam().status)), std::string::npos);
        EXPECT_EQ(run.plan->state(), state);
        EXPECT_EQ(run.plan->cursor(), cursor);
        // It is asked for again, without the cursor where that was at fault.
        const bool drops = GetParam().file.ends_with("404_invalid_cursor.json");
        EXPECT_EQ(
            until(run, target.substr(0, target.find('?'))),
            drops ? target.substr(0, target.find("&cursor")) : target
        );
    }
}

std::string name_of_error(const testing::TestParamInfo<failing_answer>& each)
{
    auto name = each.param.file.substr(each.param.file.find('/') + 1);
    name.resize(name.find('.'));
    return "Status" + name;
}
INSTANTIATE_TEST_SUITE_P(
    Recorded, RecordedError, testing::ValuesIn(recorded_errors()), name_of_error
);

TEST(MeetingPlan, TellsWhatItDoesNotFollow)
{
    auto run = active_plan();
    run.ask();
    const auto outcome = run.hear(301, "<html>Moved</html>");
    EXPECT_EQ(outcome.result, poll_result::failed);
    EXPECT_EQ(outcome.why, "status 301: no answer of the API; redirects are not followed");
    EXPECT_EQ(run.hear(403, "").result, poll_result::denied);
}

TEST(MeetingPlan, DropsACursorAfterTwo500s)
{
    auto run = active_plan();
    run.ask();
    run.take(rest("participant_events_page1"));
    const auto target = until(run, events_path);
    ASSERT_NE(target.find("cursor"), std::string::npos);
    const auto body = fixture("attendee/errors/500_server_error.html");
    run.hear(500, body);
    EXPECT_EQ(until(run, events_path), target);
    run.hear(503, "");  // the way to the server: no fault of the cursor
    EXPECT_EQ(until(run, events_path), target);
    run.hear(500, body);
    EXPECT_EQ(until(run, events_path), events_path);
    // What had been stored is not stored again.
    EXPECT_EQ(run.take(rest("participant_events_page1")).rows.size(), 0u);
}

TEST(MeetingPlan, AFailingListDoesNotKeepTheOthersFromBeingRead)
{
    auto run = active_plan();
    int events = 0, looks = 0;
    for (int i = 0; i < 200; ++i) {
        const auto target = run.ask();
        if (target.starts_with(chat_path)) {
            run.take("", 500);
            continue;
        }
        events += target.starts_with(events_path) ? 1 : 0;
        looks += target == bot_path ? 1 : 0;
        run.take(target == bot_path ? rest("bot_detail") : empty_page);
    }
    EXPECT_GT(events, 100);
    EXPECT_GT(looks, 10);
}

TEST(MeetingPlan, RefusesAnotherBot)
{
    auto run = polled_plan::of("bot_another");
    run.ask();
    const auto outcome = run.hear(200, rest("bot_detail"));
    EXPECT_EQ(outcome.result, poll_result::failed);
    EXPECT_TRUE(outcome.rows.empty());
}

TEST(MeetingPlan, FailsOnAnswersThatAreNone)
{
    for (const auto* body :
         {"",
          "null",
          "[]",
          "{}",
          "<html>",
          R"({"next":null,"results":[{"id":"a"},7]})",
          R"({"next":null,"results":[{"id":"a"},{]}]})",
          R"({"next":null,"results":[{"id":"a"})"}) {
        SCOPED_TRACE(body);
        auto run = active_plan();
        const auto target = run.ask();
        const auto state = run.plan->state();
        const auto outcome = run.hear(200, body);
        EXPECT_EQ(outcome.result, poll_result::failed);
        EXPECT_TRUE(outcome.rows.empty());
        EXPECT_EQ(run.plan->state(), state);
        EXPECT_EQ(until(run, events_path), target);
    }
}

TEST(MeetingPlan, FailsOnTheSamePageForEver)
{
    auto run = active_plan();
    run.ask();
    run.take(page_of({event_at("pe_1", "2026-08-14T09:00:00Z")}, "again"));
    until(run, events_path);
    const auto outcome = run.hear(200, page_of({}, "again"));
    EXPECT_EQ(outcome.result, poll_result::failed);
    EXPECT_NE(outcome.why.find("circle"), std::string::npos);
    EXPECT_EQ(run.plan->cursor(), std::nullopt);
}

TEST(MeetingPlan, AListWithoutAnEndIsReadOnFromWhereItWasGivenUp)
{
    auto run = active_plan();
    poll_outcome last;
    std::size_t pages = 0;
    for (poll_outcome outcome; outcome.result == poll_result::good; ++pages) {
        const auto target = run.ask();
        if (target == bot_path || target.starts_with(chat_path)) {
            run.take(target == bot_path ? rest("bot_detail") : empty_page);
            --pages;
            continue;
        }
        const auto id = std::to_string(pages);
        EXPECT_EQ(run.plan->cursor(), std::nullopt);
        outcome = run.take(page_of({event_at("pe_" + id, "2026-08-14T09:00:00Z")}, "c" + id));
        ASSERT_LE(pages, attendee::row_follower::most_pages);
        last = outcome;
        if (!outcome.why.empty())
            break;
    }
    EXPECT_EQ(pages + 1, attendee::row_follower::most_pages);
    ASSERT_EQ(last.rows.size(), 1U);
    EXPECT_EQ(last.rows[0].item, given_up_item);
    EXPECT_NE(last.why.find("too many pages"), std::string::npos);
    // All that was read counts.
    EXPECT_EQ(run.plan->cursor(), parse_rfc3339("2026-08-14T09:00:00Z").value());
    EXPECT_EQ(until(run, events_path), events_path + "?after=2026-08-14T08%3A58%3A00.000Z");
}

// What cannot be read however often it is tried.

// Goes through the end of a meeting, with that answer to whatever begins so and good ones to all
// else, as long as `patience`.
struct given_up_rows {
    std::vector<given_up> told;
    milliseconds length{0};
    bool swept = false;
    bool done = false;
};
given_up_rows end_with(
    polled_plan& run,
    const std::string& failing,
    unsigned status,
    const std::string& body,
    milliseconds patience = std::chrono::hours{12}
)
{
    given_up_rows seen;
    const auto begun = run.now;
    for (; run.now - begun < patience; seen.length = run.now - begun) {
        const auto target = run.ask();
        if (target == "done") {
            seen.done = true;
            break;
        }
        EXPECT_FALSE(seen.swept);
        const auto path = target.substr(0, target.find('?'));
        const bool fails = failing.empty() || path == failing;
        auto outcome = fails              ? run.hear(status, body)
                       : path == bot_path ? run.hear(200, bot_in("ended"))
                                          : run.hear(200, empty_page);
        if (outcome.result != poll_result::good) {
            run.now += std::chrono::seconds{1};
            continue;
        }
        seen.swept = outcome.swept;
        for (const auto& row : outcome.rows)
            if (row.item == given_up_item)
                seen.told.push_back(*read_given_up(row.body));
        run.plan->on_stored(run.now);
    }
    return seen;
}

TEST(MeetingPlan, GivesAListUpThatFailsWhileTheOthersDoNot)
{
    for (const auto& failing : {events_path, chat_path}) {
        auto run = polled_plan::of(bot_id);
        const auto seen = end_with(run, failing, 500, "");
        EXPECT_TRUE(seen.done && seen.swept);
        ASSERT_EQ(seen.told.size(), 2U);  // in either sweep
        for (const auto& each : seen.told)
            EXPECT_EQ(each, (given_up{failing, "status 500: the server failed", 10}));
        EXPECT_GT(seen.length, std::chrono::minutes{10});
        EXPECT_LT(seen.length, std::chrono::minutes{30});
    }
}

TEST(MeetingPlan, GivesNothingUpInAnOutage)
{
    auto run = polled_plan::of(bot_id);
    run.ask();
    run.take(bot_in("ended"));
    const auto seen = end_with(run, "", 500, "");
    EXPECT_FALSE(seen.done);
    EXPECT_TRUE(seen.told.empty());
    EXPECT_TRUE(end_with(run, "nothing", 0, "").swept);
}

TEST(MeetingPlan, GivesUpAPageThatIsOfNoUse)
{
    for (const auto* body : {"{", R"({"next":null,"results":[7]})"}) {
        auto run = polled_plan::of(bot_id);
        const auto seen = end_with(run, events_path, 200, body);
        EXPECT_TRUE(seen.done && seen.swept);
        EXPECT_EQ(seen.told.size(), 2U);
    }
}

TEST(MeetingPlan, GivesUpAnAnswerThatCannotBeTakenIn)
{
    auto run = active_plan();
    run.ask();
    for (unsigned tries = 1; tries <= 10; ++tries) {
        const auto target = until(run, events_path);
        ASSERT_EQ(target, events_path);
        run.now += milliseconds{50};
        const auto outcome = run.plan->on_response({.unreadable = "too large"}, run.now);
        ASSERT_EQ(outcome.result, tries < 10 ? poll_result::failed : poll_result::good);
        EXPECT_NE(outcome.why.find("too large"), std::string::npos);
        ASSERT_EQ(outcome.rows.size(), tries < 10 ? 0U : 1U);
    }
    run.plan->on_stored(run.now);
    EXPECT_EQ(run.plan->cursor(), std::nullopt);
}

// Progress is what counts, not how often a page has failed in all.
TEST(MeetingPlan, AWalkThatComesFartherEachTimeIsNotGivenUp)
{
    auto run = active_plan();
    for (unsigned page = 0; page < 30; ++page) {
        const auto n = std::to_string(page);
        const auto target = until(run, events_path);
        EXPECT_EQ(run.hear(200, "{").result, poll_result::failed);
        EXPECT_EQ(until(run, events_path), target);
        const auto outcome = run.take(page_of({event_at("pe_" + n, "2026-08-14T09:00:00Z")}, n));
        EXPECT_EQ(count(outcome, "participant_event"), 1U);
    }
}

TEST(MeetingPlan, ABotThatCannotBeLookedAtIsReadAllTheSame)
{
    auto run = polled_plan::of(bot_id);
    std::size_t told = 0;
    const auto answer = [&](const std::string& target) {
        auto outcome = run.hear(200, target == bot_path ? "{" : empty_page);
        told += count(outcome, given_up_item);
        if (outcome.result == poll_result::good)
            run.plan->on_stored(run.now);
        return outcome;
    };
    while (run.plan->phase() == "new")
        answer(run.ask());
    EXPECT_EQ(run.plan->phase(), "active");
    EXPECT_EQ(told, 1U);
    run.plan->on_ended(run.now);
    while (run.plan->phase() == "active")
        answer(run.ask());
    EXPECT_EQ(run.plan->phase(), "ended");
    bool swept = false;
    while (run.ask() != "done")
        swept = answer(run.ask()).swept;
    EXPECT_TRUE(swept);
    EXPECT_EQ(told, 2U);
}

TEST(MeetingPlan, StoresARowOnceThatIsLongerThanCanBeRead)
{
    auto run = active_plan();
    run.ask();
    const std::vector<std::string> rows = {
        event_at("pe_1", "2026-08-14T09:00:00Z"),
        R"({"id":"pe_2","name":")" + std::string(2UL * 1024 * 1024, 'x') + R"("})"};
    EXPECT_EQ(run.take(page_of(rows)).rows.size(), 2u);
    until(run, events_path);
    EXPECT_EQ(run.take(page_of(rows)).rows.size(), 0u);
}

// What a successor goes on from.

TEST(MeetingPlan, StateIsSmallAndReadable)
{
    auto run = active_plan();
    EXPECT_EQ(run.plan->state(), R"({"phase":"active"})");
    run.ask();
    run.take(rest("participant_events_page2"));
    const auto swept = std::to_string(run.now.time_since_epoch().count());
    EXPECT_EQ(
        run.plan->state(), R"({"phase":"active","after":1786698300500,"swept_at":)" + swept + "}"
    );
}

TEST(MeetingPlan, ASuccessorKeepsTheTimeOfTheLateSweep)
{
    auto run = polled_plan::of(bot_id);
    run.ask();
    run.take(bot_in("ended"));
    run.ask();
    run.take(empty_page);
    run.ask();
    run.take(empty_page);
    ASSERT_EQ(run.plan->phase(), "late sweep");
    auto next = polled_plan::of(bot_id, run.plan->state());
    EXPECT_EQ(next.plan->phase(), "late sweep");
    EXPECT_EQ(next.plan->state(), run.plan->state());
    next.now = run.now + milliseconds{60'000};
    EXPECT_EQ(next.wait(), milliseconds{120'000});
    EXPECT_EQ(next.ask(), events_path);
    next.take(empty_page);
    next.ask();
    EXPECT_TRUE(next.take(empty_page).swept);
    EXPECT_EQ(next.ask(), "done");
}

TEST(MeetingPlan, AStateThatCannotBeReadIsNone)
{
    for (const auto* state :
         {"x",
          "[]",
          "7",
          "{",
          R"({"after":"2026"})",
          R"({"after":-5})",
          R"({"after":1e99})",
          R"({"ended_at":9007199254740993000})"}) {
        auto run = active_plan(state);
        EXPECT_EQ(run.ask(), events_path) << state;
    }
}

TEST(MeetingPlan, ASweepReadsEverythingAgain)
{
    auto run = active_plan();
    run.ask();
    run.take(rest("participant_events_page2"));
    until(run, chat_path);
    run.take(empty_page);
    run.plan->sweep(run.now);
    EXPECT_EQ(run.plan->state(), R"({"phase":"new"})");
    EXPECT_EQ(run.wait(), milliseconds{0});
    run.take(empty_page);  // what was asked for before
    EXPECT_EQ(run.ask(), bot_path);
    EXPECT_EQ(run.take(rest("bot_detail")).rows.size(), 1u);
    EXPECT_EQ(run.ask(), events_path);
    EXPECT_EQ(run.take(rest("participant_events_page2")).rows.size(), 7u);
}

TEST(MeetingPlan, WaitsThroughAStepOfOurClock)
{
    auto run = active_plan();
    until(run, chat_path);
    run.take(empty_page);
    ASSERT_GT(run.wait(), milliseconds{0});
    run.now -= std::chrono::hours{1};
    EXPECT_EQ(run.wait(), milliseconds{0});
    run.now += std::chrono::hours{2};
    EXPECT_EQ(run.wait(), milliseconds{0});
}

}  // namespace
}  // namespace rollcall::test
