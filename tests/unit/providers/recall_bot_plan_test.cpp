#include "expected_events.hpp"
#include "polled_plan.hpp"
#include "providers/recall/bot_plan.hpp"
#include "recall_answers.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>

namespace rollcall::test {
namespace {

const std::string bot_path = "/api/v1/bot/" + recall_bot + "/";
const std::string recorded_bot = fixture("recall/rest/retrieve_bot_trimmed.json");

std::string state(const std::string& code, const std::string& at)
{
    return R"({"code":")" + code + R"(","created_at":")" + at + R"(","sub_code":null})";
}

std::string bot_answer(const std::string& states, const std::string& recordings = "")
{
    return R"({"id":")" + recall_bot + R"(","metadata":{"tenant":"acme"},"status_changes":[)" +
           states + R"(],"recordings":[)" + recordings + "]}";
}

std::string recording_made(const std::string& id, const std::string& at)
{
    return R"({"id":")" + id + R"(","created_at":")" + at + R"(","metadata":{}})";
}

polled_plan follow()
{
    return polled_plan::of_recall("bot:" + recall_bot);
}

result<normalised, fault> normalise(const polled_row& row)
{
    source_options options;
    options.region = "us-west-2";
    auto record = arrived(row.body, "recall");
    record.key = row.key;
    record.item = row.item;
    record.via = way::poll;
    return make_provider("recall", options)->normalise(record);
}

TEST(BotPlan, BooksWhatTheBotDidToItsRecording)
{
    auto run = follow();
    EXPECT_EQ(run.ask(), bot_path);
    const auto outcome = run.take(recorded_bot);
    ASSERT_EQ(outcome.rows.size(), 1u);
    EXPECT_EQ(outcome.rows[0].key, recall_recording);
    EXPECT_EQ(outcome.rows[0].item, "bot");
    EXPECT_EQ(outcome.rows[0].body.find("token"), std::string::npos);
    EXPECT_FALSE(outcome.swept);
    EXPECT_EQ(run.ask(), "done");

    const auto found = normalise(outcome.rows[0]);
    ASSERT_TRUE(found) << found.error().where;
    EXPECT_EQ(found->sign, tracking_sign::ended);
    ASSERT_EQ(found->events.size(), 2u);
    const auto& started = found->events[0];
    const auto& ended = found->events[1];
    EXPECT_EQ(started.identity, "recall:us-west-2:" + recall_recording + ":meeting.started");
    EXPECT_EQ(to_rfc3339(started.occurred_at), "2026-03-17T14:00:04.512Z");
    EXPECT_EQ(started.meeting.bot_id, recall_bot);
    EXPECT_EQ(
        started.meeting.metadata,
        R"({"customer_id":"48213","meeting_ref":"standup-0317","tenant":"acme-eu"})"
    );
    EXPECT_EQ(ended.identity, "recall:us-west-2:" + recall_recording + ":meeting.ended");
    EXPECT_EQ(to_rfc3339(ended.occurred_at), "2026-03-17T14:05:36.521Z");
    EXPECT_EQ(ended.provider_event_type, "bot.done");
    EXPECT_EQ(ended.data, R"({"code":"done","sub_code":null})");
}

TEST(BotPlan, TakesTheEndOfTheCallForTheEnd)
{
    auto run = follow();
    run.ask();
    const auto outcome = run.take(bot_answer(
        state("done", "2026-03-17T14:06:00Z") + "," +
            state("in_call_recording", "2026-03-17T14:00:04Z") + "," +
            state("call_ended", "2026-03-17T14:05:09Z"),
        recording_made("r1", "2026-03-17T14:00:04Z")
    ));
    const auto found = normalise(outcome.rows.at(0));
    ASSERT_TRUE(found);
    EXPECT_EQ(to_rfc3339(found->events[1].occurred_at), "2026-03-17T14:05:09.000Z");
    EXPECT_EQ(found->events[1].provider_event_type, "bot.call_ended");
}

// Its states are about the latest one; what lies before that is about an earlier one.
TEST(BotPlan, BooksToTheLatestRecording)
{
    auto run = follow();
    run.ask();
    const auto outcome = run.take(bot_answer(
        state("in_call_recording", "2026-03-17T13:00:00Z") + "," +
            state("in_call_recording", "2026-03-17T14:00:00Z") + "," +
            state("in_call_recording", "2026-03-17T14:10:00Z"),  // after a pause
        recording_made("r2", "2026-03-17T14:00:01Z") + "," +
            recording_made("r1", "2026-03-17T13:00:00Z")
    ));
    ASSERT_EQ(outcome.rows.size(), 1u);
    EXPECT_EQ(outcome.rows[0].key, "r2");
    const auto found = normalise(outcome.rows[0]);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->events.size(), 1u);
    EXPECT_EQ(to_rfc3339(found->events[0].occurred_at), "2026-03-17T14:00:00.000Z");
    EXPECT_EQ(found->sign, tracking_sign::seen);
}

TEST(BotPlan, WaitsForARecording)
{
    auto run = follow();
    run.ask();
    EXPECT_TRUE(run.take(bot_answer(state("joining_call", "2026-03-17T14:00:00Z"))).rows.empty());
    EXPECT_EQ(run.wait(), poll_pace{}.interval);
    run.ask();
    EXPECT_TRUE(run.take(bot_answer(state("joining_call", "2026-03-17T14:00:00Z"))).rows.empty());
    EXPECT_EQ(run.wait(), 2 * poll_pace{}.interval);
    run.ask();
    EXPECT_EQ(
        run.take(bot_answer(
                     state("in_call_recording", "2026-03-17T14:00:00Z"),
                     recording_made("r1", "2026-03-17T14:00:00Z")
                 ))
            .rows.size(),
        1u
    );
    EXPECT_EQ(run.ask(), "done");
}

TEST(BotPlan, IsOverWithABotThatHasRecordedNothing)
{
    auto run = follow();
    run.ask();
    EXPECT_TRUE(run.take(bot_answer(state("fatal", "2026-03-17T14:00:00Z"))).rows.empty());
    EXPECT_EQ(run.ask(), "done");
}

TEST(BotPlan, LooksAgainForAnEndThatWasTold)
{
    auto run = follow();
    run.plan->on_ended(run.now);
    const auto without = bot_answer(
        state("in_call_recording", "2026-03-17T14:00:00Z"),
        recording_made("r1", "2026-03-17T14:00:00Z")
    );
    for (unsigned i = 1; i < recall::bot_plan::most_looks_for_end; ++i) {
        EXPECT_EQ(run.ask(), bot_path);
        EXPECT_TRUE(run.take(without).rows.empty());
    }
    run.ask();
    EXPECT_EQ(run.take(without).rows.size(), 1u);
    EXPECT_EQ(run.ask(), "done");
    run.plan->on_ended(run.now);
    EXPECT_EQ(run.ask(), bot_path);
}

TEST(BotPlan, IsOverWithABotThatIsNotFound)
{
    auto run = follow();
    for (unsigned i = 0; i < recall::bot_plan::gone_after; ++i) {
        EXPECT_EQ(run.ask(), bot_path);
        EXPECT_NE(run.take("{}", 404).why, "");
    }
    EXPECT_EQ(run.ask(), "done");
}

// Somebody waits for that word only where a person has asked.
TEST(BotPlan, SaysThatItIsCompleteWhenSwept)
{
    auto run = follow();
    run.ask();
    run.plan->sweep(run.now);
    run.ask();
    EXPECT_TRUE(run.take(recorded_bot).swept);
}

TEST(BotPlan, KeepsOneState)
{
    auto run = follow();
    const auto state = run.plan->state();
    run.ask();
    run.take(recorded_bot);
    EXPECT_EQ(run.plan->state(), state);
}

TEST(BotRow, OfARecordingAloneTellsItsOwnStartAndEnd)
{
    const auto found = normalise({recall_recording, "recording", recording_answer("done")});
    ASSERT_TRUE(found);
    ASSERT_EQ(found->events.size(), 2u);
    EXPECT_EQ(found->sign, tracking_sign::none);
    EXPECT_EQ(to_rfc3339(found->events[0].occurred_at), "2026-03-17T14:00:04.512Z");
    EXPECT_EQ(to_rfc3339(found->events[1].occurred_at), "2026-03-17T14:05:09.518Z");
    EXPECT_EQ(found->events[1].provider_event_type, "recording.done");
    EXPECT_EQ(normalise({"r", "recording", recording_answer("processing")})->events.size(), 1u);
    const auto unbegun =
        normalise({"r", "recording", R"({"id":"r","status":{"code":"processing"}})"});
    EXPECT_TRUE(unbegun->events.empty());
    EXPECT_NE(unbegun->ignored, "");
}

}  // namespace
}  // namespace rollcall::test
