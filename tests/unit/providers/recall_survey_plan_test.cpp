#include "polled_plan.hpp"
#include "recall_answers.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>

namespace rollcall::test {
namespace {

const timestamp since = *parse_rfc3339("2026-03-01T00:00:00Z");
const std::string list_path = "/api/v1/participant_events/";
const std::string first_page = list_path + "?created_at_after=2026-03-01T00%3A00%3A00.000Z";

std::unique_ptr<const provider> recall_provider()
{
    source_options options;
    options.region = "us-west-2";
    return make_provider("recall", options);
}

polled_plan survey(std::string_view state = {})
{
    poll_pace pace;
    pace.base_url = "https://us-west-2.recall.ai";
    return {recall_provider()->survey(pace, since, state)};
}

TEST(RecallSurvey, TellsOfEveryRecordingSinceThen)
{
    auto run = survey();
    EXPECT_EQ(run.ask(), first_page);
    const auto first = run.take(fixture("recall/rest/list_participant_events_page1.json"));
    ASSERT_EQ(first.rows.size(), 2u);
    EXPECT_EQ(first.rows[1].key, recall_recording);
    run.ask();
    run.take(fixture("recall/rest/list_participant_events_page2.json"));
    EXPECT_EQ(run.ask(), "done");
}

TEST(RecallSurvey, GoesOnFromItsState)
{
    auto run = survey();
    EXPECT_EQ(survey(run.plan->state()).ask(), first_page);
    run.ask();
    run.take(fixture("recall/rest/list_participant_events_page1.json"));
    const auto second = run.ask();
    EXPECT_NE(second, first_page);
    EXPECT_EQ(survey(run.plan->state()).ask(), second);
    for (const auto* const state :
         {R"({"next":"//evil.example/api/"})", R"({"next":"@evil.example/api/"})", "x"})
        EXPECT_EQ(survey(state).ask(), first_page) << state;
}

TEST(RecallSurvey, AsksAgainForWhatItCannotRead)
{
    auto run = survey();
    run.ask();
    EXPECT_EQ(run.take("{", 200).result, poll_result::failed);
    EXPECT_EQ(run.take("", 503).result, poll_result::failed);
    EXPECT_EQ(run.take("", 401).result, poll_result::denied);
    EXPECT_EQ(run.ask(), first_page);
}

TEST(RecallLookUp, TakesARecordingsIdForItself)
{
    polled_plan run{recall_provider()->look_up({}, recall_recording)};
    EXPECT_EQ(run.ask(), "/api/v1/recording/" + recall_recording + "/");
    const auto found = run.take(recording_answer("done"));
    ASSERT_EQ(found.rows.size(), 1u);
    EXPECT_EQ(found.rows[0].key, recall_recording);
    EXPECT_EQ(run.ask(), "done");
}

TEST(RecallLookUp, FindsTheRecordingsOfABot)
{
    polled_plan run{recall_provider()->look_up({}, recall_bot)};
    run.ask();
    EXPECT_TRUE(run.take("{}", 404).rows.empty());
    EXPECT_EQ(run.ask(), "/api/v1/bot/" + recall_bot + "/");
    const auto found = run.take(fixture("recall/rest/retrieve_bot_trimmed.json"));
    ASSERT_EQ(found.rows.size(), 1u);
    EXPECT_EQ(found.rows[0].key, recall_recording);
    EXPECT_EQ(run.ask(), "done");
}

TEST(RecallLookUp, SaysThatThereIsNone)
{
    polled_plan run{recall_provider()->look_up({}, "x")};
    run.ask();
    run.take("{}", 404);
    run.ask();
    EXPECT_NE(run.take("{}", 404).why, "");
    EXPECT_EQ(run.ask(), "done");
}

}  // namespace
}  // namespace rollcall::test
