#include "polled_plan.hpp"
#include "providers/given_up.hpp"
#include "providers/recall/recording_plan.hpp"
#include "recall_answers.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>

namespace rollcall::test {
namespace {

using recall::recording_plan;

const std::string recording_path = "/api/v1/recording/" + recall_recording + "/";
const std::string artifact_path = "/api/v1/participant_events/" + recall_artifact + "/";
const std::string search_path = "/api/v1/participant_events/?recording_id=" + recall_recording;
const std::string events_file = fixture("recall/downloads/participant_events.json");

polled_plan follow(std::string_view state = {}, const poll_pace& pace = {}, bool timeline = false)
{
    source_options options;
    options.speaker_timeline = timeline;
    return polled_plan::of_recall(recall_recording, state, pace, options);
}

poll_request asked(polled_plan& run)
{
    run.ask();
    const auto step = run.plan->next(run.now);
    return std::holds_alternative<poll_request>(step) ? std::get<poll_request>(step)
                                                      : poll_request{"none"};
}

// Up to the first download.
polled_plan with_links(bool timeline = false)
{
    auto run = follow({}, {}, timeline);
    EXPECT_EQ(run.ask(), recording_path);
    run.take(recording_answer("done", artifact_answer{}.text()));
    return run;
}

TEST(RecordingPlan, DownloadsWhatIsDone)
{
    auto run = follow();
    EXPECT_EQ(run.plan->phase(), "new");
    EXPECT_EQ(asked(run), (poll_request{.target = recording_path, .limit = 0}));
    const auto seen = run.take(recording_answer("done", artifact_answer{}.text()));
    ASSERT_EQ(seen.rows.size(), 1u);
    EXPECT_EQ(seen.rows[0].key, recall_recording);
    EXPECT_EQ(seen.rows[0].item, "recording");
    EXPECT_FALSE(seen.swept);
    EXPECT_EQ(run.plan->phase(), "downloading");

    // The link as it came, without a limit of the API's.
    EXPECT_EQ(
        asked(run),
        (poll_request{.target = artifact_answer{}.link("events"), .how = poll_method::download})
    );
    const auto events = run.read(events_file);
    EXPECT_EQ(events.rows.size(), 14u);
    EXPECT_EQ(events.downloaded, recall_artifact);
    EXPECT_FALSE(events.swept);
    EXPECT_EQ(asked(run).target, artifact_answer{}.link("participants"));
    const auto participants = run.read(fixture("recall/downloads/participants.json"));
    EXPECT_TRUE(participants.rows.empty());
    EXPECT_EQ(participants.downloaded, recall_artifact + "/participants");
    EXPECT_TRUE(participants.swept);
    EXPECT_EQ(run.ask(), "done");
    EXPECT_EQ(run.plan->phase(), "done");
}

TEST(RecordingPlan, ReadsTheSpeakerTimelineWhereItIsWanted)
{
    auto run = with_links(true);
    run.ask();
    run.read(events_file);
    run.ask();
    EXPECT_FALSE(run.read("[]").swept);
    EXPECT_EQ(run.ask(), artifact_answer{}.link("timeline"));
    const auto last = run.read(fixture("recall/downloads/speaker_timeline.json"));
    EXPECT_EQ(last.rows.size(), 2u);
    EXPECT_EQ(last.downloaded, recall_artifact + "/speaker timeline");
    EXPECT_TRUE(last.swept);
}

// No link is kept: whoever has one needs no key.
TEST(RecordingPlan, StoresNoLinks)
{
    auto run = follow();
    run.ask();
    const auto seen = run.take(recording_answer("done", artifact_answer{}.text()));
    EXPECT_EQ(seen.rows[0].body.find("token"), std::string::npos);
    EXPECT_EQ(run.plan->state().find("token"), std::string::npos);
    EXPECT_NE(seen.rows[0].body.find("acme-eu"), std::string::npos);
}

TEST(RecordingPlan, LooksEverMoreSeldomWhileTheRecordingGoesOn)
{
    auto run = follow();
    run.ask();
    const artifact_answer open{.code = "processing", .links = ""};
    std::vector<std::int64_t> waits;
    for (int i = 0; i < 7; ++i) {
        run.take(recording_answer("processing", open.text()));
        waits.push_back(run.wait().count() / 1000);
        EXPECT_EQ(run.ask(), recording_path);
    }
    EXPECT_EQ(waits, (std::vector<std::int64_t>{20, 40, 80, 160, 300, 300, 300}));
    EXPECT_EQ(run.plan->phase(), "recording");
}

TEST(RecordingPlan, LooksAtOnceWhenTheEndIsTold)
{
    auto run = follow();
    run.ask();
    run.take(recording_answer("processing"));
    run.plan->on_ended(run.now);
    EXPECT_EQ(run.wait(), milliseconds{0});
    // Not over yet: soon again.
    run.take(recording_answer("processing"));
    EXPECT_EQ(run.wait(), poll_pace{}.interval);
    run.ask();
    run.take(recording_answer("done", artifact_answer{}.text()));
    EXPECT_EQ(run.ask(), artifact_answer{}.link("events"));
}

TEST(RecordingPlan, WaitsForAnArtifactThatIsBeingMade)
{
    auto run = follow();
    run.ask();
    const artifact_answer open{.code = "processing", .updated_at = "2026-03-17T14:00:05Z"};
    run.take(recording_answer("done", open.text()));
    EXPECT_EQ(run.plan->phase(), "ended");
    EXPECT_EQ(run.wait(), poll_pace{}.interval);
    EXPECT_EQ(run.ask(), artifact_path);
    EXPECT_FALSE(run.take(open.text()).swept);
    run.plan->on_ended(run.now);  // `participant_events.done`
    EXPECT_EQ(run.wait(), milliseconds{0});
    run.ask();
    run.take(artifact_answer{}.text());
    EXPECT_EQ(run.ask(), artifact_answer{}.link("events"));
}

// An answer from before what is known already.
TEST(RecordingPlan, NeverTakesAStatusBack)
{
    auto run = with_links();
    run.ask();
    EXPECT_EQ(run.take("", 403).result, poll_result::failed);
    EXPECT_EQ(run.ask(), artifact_path);
    run.take(artifact_answer{.code = "processing", .updated_at = "2026-03-17T14:00:05Z"}.text());
    EXPECT_EQ(run.plan->phase(), "downloading");
    EXPECT_EQ(run.ask(), artifact_path);
    run.take(artifact_answer{.links = "2"}.text());
    EXPECT_EQ(run.ask(), (artifact_answer{.links = "2"}.link("events")));
}

TEST(RecordingPlan, FetchesAFreshLinkWhenOneIsRefused)
{
    for (const unsigned status : {401U, 403U, 404U}) {
        auto run = with_links();
        run.ask();
        const auto refused = run.take("", status);
        EXPECT_EQ(refused.result, poll_result::failed);
        EXPECT_EQ(refused.why, "participant events: status " + std::to_string(status) + " ");
        EXPECT_EQ(run.ask(), artifact_path);
        run.take(artifact_answer{.links = "2"}.text());
        EXPECT_EQ(run.ask(), (artifact_answer{.links = "2"}.link("events")));
        EXPECT_EQ(run.read(events_file).rows.size(), 14u);
    }
}

TEST(RecordingPlan, FetchesAFreshLinkWhenItsOwnAreOld)
{
    auto run = with_links();
    run.ask();
    run.now += recall::artifact_files::link_life;
    run.read(events_file);
    EXPECT_EQ(run.ask(), artifact_path);
    run.take(artifact_answer{.links = "2"}.text());
    EXPECT_EQ(run.ask(), (artifact_answer{.links = "2"}.link("participants")));
}

TEST(RecordingPlan, ReadsABrokenFileAgainAndThenPassesItOver)
{
    auto run = with_links();
    poll_outcome last;
    std::size_t tries = 0;
    for (; tries < 100; ++tries) {
        const auto target = run.ask();
        if (target == artifact_path) {
            run.take(artifact_answer{}.text());
            continue;
        }
        if (target != artifact_answer{}.link("events"))
            break;
        last = run.read(events_file.substr(0, 5000));
    }
    ASSERT_EQ(last.result, poll_result::good);
    const auto told = read_given_up(last.rows.back().body);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->tries, 10u);
    EXPECT_EQ(told->target, "participant events of " + artifact_path);
    EXPECT_EQ(told->target.find("token"), std::string::npos);
    // Participants without their events would all be news.
    EXPECT_TRUE(last.swept);
    EXPECT_TRUE(last.downloaded.empty());
    EXPECT_EQ(run.ask(), "done");
}

TEST(RecordingPlan, GoesOnWithoutTheParticipants)
{
    auto run = with_links(true);
    run.ask();
    run.read(events_file);
    for (int tries = 0; tries < 100; ++tries) {
        const auto target = run.ask();
        if (target == artifact_answer{}.link("timeline"))
            break;
        run.take(
            target == artifact_path ? artifact_answer{}.text() : "",
            target == artifact_path ? 200 : 500
        );
    }
    EXPECT_TRUE(run.read("[]").swept);
}

// The host of the links is down, the API is not: after minutes the file is passed over. In an
// outage of both nothing is.
TEST(RecordingPlan, GivesNothingUpInAnOutage)
{
    auto run = with_links();
    for (int tries = 0; tries < 1000; ++tries) {
        EXPECT_NE(run.ask(), "done");
        const auto outcome = run.take("", 503);
        EXPECT_EQ(outcome.result, poll_result::failed);
    }
}

class PartingArtifact : public testing::TestWithParam<std::string> {};

TEST_P(PartingArtifact, LeavesTheMeetingToTheWebhooks)
{
    const artifact_answer gone{.code = GetParam()};
    auto run = follow();
    run.ask();
    EXPECT_FALSE(run.take(recording_answer("done", gone.text())).swept);
    EXPECT_EQ(run.wait(), poll_pace{}.late_sweep);
    EXPECT_EQ(run.plan->phase(), "ended");
    EXPECT_EQ(run.ask(), artifact_path);
    const auto last = run.take(gone.text());
    EXPECT_TRUE(last.swept);
    EXPECT_TRUE(last.rows.empty());
    EXPECT_TRUE(last.downloaded.empty());
    EXPECT_EQ(run.ask(), "done");
}

INSTANTIATE_TEST_SUITE_P(Codes, PartingArtifact, testing::Values("failed", "deleted"));

TEST(RecordingPlan, TakesAnArtifactThatIsNotFoundForADeletedOne)
{
    auto run = follow();
    run.ask();
    run.take(recording_answer("done", artifact_answer{.code = "processing"}.text()));
    run.ask();
    EXPECT_FALSE(run.take(R"({"detail":"Not found."})", 404).swept);
    EXPECT_EQ(run.ask(), artifact_path);
    EXPECT_TRUE(run.take(R"({"detail":"Not found."})", 404).swept);
    EXPECT_EQ(run.ask(), "done");
}

TEST(RecordingPlan, ReadsAnArtifactThatIsDoneAfterAll)
{
    auto run = follow();
    run.ask();
    run.take(recording_answer("done", artifact_answer{.code = "failed"}.text()));
    run.ask();
    const artifact_answer repaired{.updated_at = "2026-03-17T15:05:35Z"};
    EXPECT_FALSE(run.take(repaired.text()).swept);
    EXPECT_EQ(run.ask(), artifact_answer{}.link("events"));
}

TEST(RecordingPlan, SearchesForAnArtifactThatItsRecordingDoesNotName)
{
    auto run = follow();
    run.ask();
    run.take(recording_answer("done"));
    EXPECT_EQ(asked(run), (poll_request{.target = search_path, .limit = 1}));
    // `next` as it stands.
    const std::string rest = "/api/v1/participant_events/?cursor=a%2Fb%3d&x=%C3%A9";
    run.take(list_answer("", "https://us-west-2.recall.ai" + rest));
    EXPECT_EQ(run.ask(), rest);
    run.take(list_answer(artifact_answer{}.text()));
    EXPECT_EQ(run.ask(), artifact_answer{}.link("events"));
}

TEST(RecordingPlan, SettlesWithoutAnArtifactThatNeverAppears)
{
    auto run = follow();
    run.ask();
    run.take(recording_answer("done"));
    std::string why;
    for (unsigned i = 0; i < recording_plan::most_searches; ++i) {
        EXPECT_EQ(run.ask(), search_path);
        why = run.take(list_answer("")).why;
    }
    EXPECT_NE(why, "");
    EXPECT_EQ(run.ask(), recording_path);
    EXPECT_TRUE(run.take(recording_answer("done")).swept);
    EXPECT_EQ(run.ask(), "done");
}

TEST(RecordingPlan, WaitsNoLongerThanTheWindow)
{
    auto run = follow();
    run.ask();
    const artifact_answer open{.code = "processing"};
    run.take(recording_answer("done", open.text()));
    std::size_t rows = 0;
    bool swept = false;
    int answers = 0;
    for (; run.ask() != "done"; ++answers) {
        ASSERT_LT(answers, 3000);
        const auto outcome = run.take(open.text());
        rows += outcome.rows.size();
        swept = swept || outcome.swept;
    }
    EXPECT_TRUE(swept);
    EXPECT_EQ(rows, 1u);  // the dead letter
    EXPECT_GT(answers, 900);
}

TEST(RecordingPlan, OfAnotherWorkspaceWaitsAWholeWindow)
{
    auto run = follow();
    const auto began = run.now;
    std::string why;
    while (run.ask() != "done")
        why = run.take("{}", 404).why;
    EXPECT_GE(run.now - began, poll_pace{}.window - std::chrono::hours{1});
    EXPECT_NE(why.find("API key"), std::string::npos);
}

TEST(RecordingPlan, OnceFoundIsGoneSoon)
{
    poll_pace pace;
    pace.account = "c0ffee00";
    auto run = follow({}, pace);
    run.ask();
    run.take(recording_answer("processing"));
    const auto began = run.now;
    bool swept = false;
    while (run.ask() != "done")
        swept = run.take("{}", 404).swept;
    EXPECT_TRUE(swept);
    EXPECT_LT(run.now - began, std::chrono::hours{1});
}

struct error_case {
    unsigned status;
    poll_result result;
};
void PrintTo(const error_case& which, std::ostream* out)
{
    *out << which.status;
}

class RecallError : public testing::TestWithParam<error_case> {};

TEST_P(RecallError, IsWhatThePageSays)
{
    auto run = follow();
    run.ask();
    const auto outcome = run.hear(GetParam().status, "<html>blocked</html>");
    EXPECT_EQ(outcome.result, GetParam().result);
    EXPECT_NE(outcome.why.find(std::to_string(GetParam().status)), std::string::npos);
    EXPECT_EQ(outcome.why.find("blocked</html>"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Statuses,
    RecallError,
    testing::Values(
        error_case{401, poll_result::denied},
        error_case{402, poll_result::denied},
        error_case{403, poll_result::failed},
        error_case{409, poll_result::failed},
        error_case{429, poll_result::throttled},
        error_case{500, poll_result::failed},
        error_case{502, poll_result::failed},
        error_case{503, poll_result::failed},
        error_case{504, poll_result::failed},
        error_case{507, poll_result::throttled},
        error_case{301, poll_result::failed}
    ),
    [](const auto& each) { return "Status" + std::to_string(each.param.status); }
);

// 400 and 405 are our own mistake: the look is given up, and the artifact searched for.
TEST(RecordingPlan, DoesNotRepeatWhatItMustNotAsk)
{
    for (const unsigned status : {400U, 405U}) {
        auto run = follow();
        run.ask();
        const auto outcome = run.take("{}", status);
        EXPECT_EQ(outcome.result, poll_result::good);
        ASSERT_EQ(outcome.rows.size(), 1u);
        EXPECT_EQ(outcome.rows[0].item, given_up_item);
        EXPECT_EQ(run.ask(), search_path);
    }
}

TEST(RecordingPlan, GoesOnFromItsState)
{
    poll_pace pace;
    pace.account = "c0ffee00";
    auto run = follow({}, pace);
    EXPECT_EQ(run.plan->state(), R"({"phase":"new"})");
    run.ask();
    run.take(recording_answer("processing", artifact_answer{.code = "processing"}.text()));
    const auto recorded = run.plan->state();
    EXPECT_EQ(recorded, R"({"phase":"recording","account":"c0ffee00"})");
    run.ask();
    run.take(recording_answer("processing"));
    EXPECT_EQ(run.plan->state(), recorded);
    EXPECT_EQ(follow(recorded, pace).plan->state(), recorded);

    run.ask();
    run.take(recording_answer("done", artifact_answer{}.text()));
    run.ask();
    run.read(events_file);
    auto next = follow(run.plan->state(), pace);
    EXPECT_EQ(next.ask(), artifact_path);
    next.take(artifact_answer{}.text());
    EXPECT_EQ(next.ask(), artifact_answer{}.link("events"));
}

TEST(RecordingPlan, ReadsStatesOfNoMeaningAsNone)
{
    for (const auto* const state :
         {"",
          "x",
          "[]",
          R"({"phase":7,"ended_at":"x"})",
          R"({"phase":"ended","artifact":"a\"b"})"}) {
        auto run = follow(state);
        EXPECT_EQ(run.ask(), recording_path) << state;
    }
    auto run = follow(R"({"phase":"ended","ended_at":1773756336000,"artifact":"a/../b"})");
    EXPECT_EQ(run.ask(), search_path);
}

TEST(RecordingPlan, ReadsEverythingAgainWhenSwept)
{
    auto run = with_links();
    run.ask();
    run.read(events_file);
    run.ask();
    EXPECT_TRUE(run.read("[]").swept);
    run.plan->sweep(run.now);
    EXPECT_EQ(run.ask(), recording_path);
    EXPECT_EQ(run.take(recording_answer("done", artifact_answer{}.text())).rows.size(), 1u);
    run.ask();
    EXPECT_EQ(run.read(events_file).rows.size(), 14u);
}

TEST(RecordingPlan, MovesNothingBeforeItIsStored)
{
    auto run = follow();
    run.ask();
    const auto state = run.plan->state();
    run.hear(200, recording_answer("done", artifact_answer{}.text()));
    EXPECT_EQ(run.plan->state(), state);
    EXPECT_EQ(run.ask(), recording_path);
}

}  // namespace
}  // namespace rollcall::test
