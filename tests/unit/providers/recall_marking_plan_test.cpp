#include "polled_plan.hpp"
#include "providers/given_up.hpp"
#include "providers/recall/mark.hpp"
#include "recall_answers.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

namespace rollcall::test {
namespace {

const std::string artifact_path = "/api/v1/participant_events/" + recall_artifact + "/";
const std::string told =
    R"({"source":"recall-prod","at":"2026-03-17T14:05:09.518Z","participants":3,"events":14,"recovered":2,"derived":0})";

polled_plan follow(std::string_view state = {})
{
    source_options options;
    options.marks = {{"rollcall", "settled: {events} events, {recovered} recovered"}};
    return polled_plan::of_recall(recall_recording, state, {}, options);
}

polled_plan settling()
{
    auto run = follow();
    run.ask();
    run.take(recording_answer("done", artifact_answer{}.text()));
    run.ask();
    run.read(fixture("recall/downloads/participant_events.json"));
    run.ask();
    EXPECT_TRUE(run.read("[]").swept);
    EXPECT_EQ(run.plan->phase(), "settling");
    return run;
}

std::string artifact_with(const std::string& metadata)
{
    auto text = artifact_answer{}.text();
    const std::string none = R"("metadata":{},"data")";
    return text.replace(text.find(none), none.size(), R"("metadata":)" + metadata + R"(,"data")");
}

poll_request asked(polled_plan& run)
{
    const auto step = run.plan->next(run.now);
    return std::holds_alternative<poll_request>(step) ? std::get<poll_request>(step)
                                                      : poll_request{"none"};
}

TEST(MarkingPlan, ReadsAddsAndWritesOnceItHasSettled)
{
    auto run = settling();
    EXPECT_EQ(asked(run).target, "none");
    run.plan->on_settled(told, run.now);
    EXPECT_EQ(run.plan->phase(), "marking");
    EXPECT_EQ(asked(run), (poll_request{.target = artifact_path, .limit = 0}));
    run.take(artifact_with(R"({"mine":"48213","none":null})"));
    const auto write = asked(run);
    EXPECT_EQ(write.target, artifact_path);
    EXPECT_EQ(write.how, poll_method::patch);
    EXPECT_EQ(write.limit, 0u);
    EXPECT_EQ(
        write.body,
        R"({"metadata":{"mine":"48213","none":null,"rollcall":"settled: 14 events, 2 recovered"}})"
    );
    EXPECT_FALSE(run.take(artifact_answer{}.text()).swept);
    EXPECT_EQ(run.ask(), "done");
}

TEST(MarkingPlan, DoesNotWriteWhatIsThere)
{
    auto run = settling();
    run.plan->on_settled(told, run.now);
    run.ask();
    run.take(artifact_with(R"({"rollcall":"settled: 14 events, 2 recovered"})"));
    EXPECT_EQ(run.ask(), "done");
}

// GET may return what PATCH does not take.
TEST(MarkingPlan, MakesMetadataWhereThereIsNone)
{
    auto run = settling();
    run.plan->on_settled(told, run.now);
    run.ask();
    run.take(artifact_with("null"));
    EXPECT_EQ(asked(run).body, R"({"metadata":{"rollcall":"settled: 14 events, 2 recovered"}})");
}

TEST(MarkingPlan, ReadsAgainBeforeItWritesAgain)
{
    auto run = settling();
    run.plan->on_settled(told, run.now);
    run.ask();
    run.take(artifact_with("{}"));
    for (const unsigned status : {409U, 500U, 503U}) {
        run.ask();
        EXPECT_EQ(asked(run).how, poll_method::patch);
        EXPECT_EQ(run.take("", status).result, poll_result::failed);
        run.ask();
        EXPECT_EQ(asked(run).how, poll_method::get);
        run.take(artifact_with(R"({"other":"came meanwhile"})"));
    }
    EXPECT_NE(asked(run).body.find("came meanwhile"), std::string::npos);
    EXPECT_EQ(run.take("", 429).result, poll_result::throttled);
    EXPECT_EQ(asked(run).how, poll_method::patch);
}

TEST(MarkingPlan, GivesUpWhatIsRefused)
{
    auto run = settling();
    run.plan->on_settled(told, run.now);
    run.ask();
    run.take(artifact_with("{}"));
    run.ask();
    const auto outcome = run.take(R"({"metadata":["too many keys"]})", 400);
    ASSERT_EQ(outcome.rows.size(), 1u);
    EXPECT_EQ(outcome.rows[0].item, given_up_item);
    EXPECT_FALSE(outcome.swept);
    EXPECT_EQ(run.ask(), "done");
}

TEST(MarkingPlan, GoesOnAfterARestart)
{
    auto run = settling();
    // Whether it settled meanwhile nobody knows: it says again that it is complete.
    auto next = follow(run.plan->state());
    EXPECT_EQ(next.plan->state(), run.plan->state());
    EXPECT_EQ(next.ask(), artifact_path);
    EXPECT_TRUE(next.take(artifact_with("{}")).swept);
    EXPECT_EQ(asked(next).target, "none");
    next.plan->on_settled(R"({"source":"recall-prod"})", next.now);
    next.ask();
    next.take(artifact_with("{}"));
    EXPECT_NE(asked(next).body.find("settled: unknown events"), std::string::npos);

    run.plan->on_settled(told, run.now);
    auto last = follow(run.plan->state());
    EXPECT_EQ(last.plan->state(), run.plan->state());
    last.ask();
    EXPECT_FALSE(last.take(artifact_with("{}")).swept);
    EXPECT_NE(asked(last).body.find("14 events"), std::string::npos);
}

TEST(MarkingPlan, WaitsNotForEver)
{
    auto run = settling();
    const auto began = run.now;
    EXPECT_EQ(run.ask(), "done");
    EXPECT_EQ(run.now - began, poll_pace{}.window / 10);
}

TEST(MarkingPlan, HasNothingToMarkWithoutAnArtifact)
{
    auto run = follow();
    run.ask();
    run.take(recording_answer("done", artifact_answer{.code = "failed"}.text()));
    run.ask();
    EXPECT_TRUE(run.take(artifact_answer{.code = "failed"}.text()).swept);
    EXPECT_EQ(run.ask(), "done");
}

TEST(MarkingPlan, BeginsAgainWhenSwept)
{
    auto run = settling();
    run.plan->on_settled(told, run.now);
    run.plan->sweep(run.now);
    EXPECT_EQ(run.ask(), "/api/v1/recording/" + recall_recording + "/");
}

TEST(Marks, PutTheFactsInTheirPlaces)
{
    const auto facts = recall::read_settled(told, "rec");
    EXPECT_EQ(
        recall::filled("{source}/{meeting} {participants} {derived} at {settled_at}", facts),
        "recall-prod/rec 3 0 at 2026-03-17T14:05:09.518Z"
    );
    EXPECT_EQ(recall::filled("{}{what} { {events}} {", facts), "{}{what} { 14} {");
    EXPECT_EQ(recall::filled("{events}", recall::read_settled("x", "rec")), "unknown");
}

}  // namespace
}  // namespace rollcall::test
