#include "polled_plan.hpp"
#include "providers/given_up.hpp"
#include "providers/recall/listing_plan.hpp"
#include "recall_answers.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>

namespace rollcall::test {
namespace {

const std::string list_path = "/api/v1/participant_events/?created_at_after=";
const std::string empty_page = list_answer("");

std::string rest(const std::string& name)
{
    return fixture("recall/rest/" + name + ".json");
}

polled_plan listing(std::string_view state = {}, const poll_pace& pace = {})
{
    return polled_plan::of_recall("", state, pace);
}

artifact_answer artifact(
    const std::string& id,
    const std::string& created,
    const std::string& code,
    const std::string& updated
)
{
    return {
        .code = code,
        .updated_at = updated,
        .created_at = created,
        .id = id,
        .recording = "of-" + id};
}

TEST(RecallListing, TellsOfTheRecordingsOnItsPages)
{
    auto run = listing();
    // Nine tenths of the window before now.
    EXPECT_EQ(run.ask(), list_path + "2026-03-14T14%3A06%3A00.000Z");
    const auto first = run.take(rest("list_participant_events_page1"));
    ASSERT_EQ(first.rows.size(), 2u);
    EXPECT_EQ(first.rows[0].key, "7d2ebfa0-917c-4d5e-9f40-312cad9e8f70");
    EXPECT_EQ(first.rows[0].item, "artifact");
    EXPECT_EQ(first.rows[1].key, recall_recording);
    for (const auto& row : first.rows)
        EXPECT_EQ(row.body.find("token"), std::string::npos);
    // The rest of `next`, to the byte.
    EXPECT_EQ(
        run.ask(),
        list_path +
            "2026-03-16T00%3A00%3A00Z&cursor="
            "cD0yMDI2LTAzLTE3KzE0JTNBMDAlM0EwNC43NDM5MDYlMkIwMCUzQTAw"
    );
    EXPECT_EQ(std::get<poll_request>(run.plan->next(run.now)).limit, 1u);
    run.take(rest("list_participant_events_page2"));
    EXPECT_EQ(run.wait(), poll_pace{}.discovery_interval);
}

TEST(RecallListing, FollowsNoLinkToAnotherHost)
{
    for (const std::string next :
         {"https://evil.example/api/v1/participant_events/?cursor=a",
          "https://us-west-2.recall.ai.evil.example/api/v1/?cursor=a",
          "https://us-west-2.recall.ai@evil.example/?cursor=a",
          "http://us-west-2.recall.ai/api/v1/participant_events/?cursor=a",
          "https://us-east-1.recall.ai/api/v1/participant_events/?cursor=a",
          "/api/v1/participant_events/?cursor=a"}) {
        auto run = listing();
        run.ask();
        const auto outcome = run.take(list_answer("", next));
        EXPECT_EQ(outcome.result, poll_result::failed) << next;
        EXPECT_TRUE(outcome.rows.empty());
        EXPECT_TRUE(run.ask().starts_with(list_path)) << next;
    }
}

TEST(RecallListing, TellsOfEachOnceAndAgainWhenItsStatusHasChanged)
{
    auto run = listing();
    run.ask();
    auto one = artifact("a1", "2026-03-17T14:00:00Z", "processing", "2026-03-17T14:00:00Z");
    EXPECT_EQ(run.take(list_answer(one.text())).rows.size(), 1u);
    run.ask();
    EXPECT_TRUE(run.take(list_answer(one.text())).rows.empty());
    auto done = artifact("a1", "2026-03-17T14:00:00Z", "done", "2026-03-17T14:05:00Z");
    run.ask();
    EXPECT_EQ(run.take(list_answer(done.text())).rows.size(), 1u);
    // An answer from before that.
    run.ask();
    EXPECT_TRUE(run.take(list_answer(one.text())).rows.empty());
    run.ask();
    EXPECT_TRUE(run.take(list_answer(done.text())).rows.empty());
}

// `created_at` is when the artifact was begun, not when it was done.
TEST(RecallListing, StaysBehindTheOldestOpenArtifact)
{
    auto run = listing();
    run.ask();
    const auto open = artifact("a1", "2026-03-17T13:00:00Z", "processing", "2026-03-17T13:00:00Z");
    const auto later = artifact("a2", "2026-03-17T14:00:00Z", "done", "2026-03-17T14:05:00Z");
    run.take(list_answer(open.text() + "," + later.text()));
    EXPECT_EQ(run.ask(), list_path + "2026-03-17T12%3A59%3A59.000Z");
    EXPECT_EQ(run.plan->cursor(), *parse_rfc3339("2026-03-17T13:00:00Z"));
    const auto state = run.plan->state();

    // A successor begins there too.
    EXPECT_EQ(listing(state).ask(), list_path + "2026-03-17T12%3A59%3A59.000Z");

    const auto done = artifact("a1", "2026-03-17T13:00:00Z", "done", "2026-03-17T14:06:00Z");
    run.take(list_answer(done.text() + "," + later.text()));
    // `overlap` behind the latest.
    EXPECT_EQ(run.ask(), list_path + "2026-03-17T13%3A57%3A59.000Z");
}

TEST(RecallListing, WaitsForNoneLongerThanTheWindow)
{
    auto run = listing();
    run.ask();
    const auto stuck = artifact("a1", "2026-03-14T05:00:00Z", "processing", "2026-03-14T05:00:00Z");
    const auto later = artifact("a2", "2026-03-17T14:00:00Z", "done", "2026-03-17T14:05:00Z");
    run.take(list_answer(stuck.text() + "," + later.text()));
    EXPECT_EQ(run.ask(), list_path + "2026-03-17T13%3A57%3A59.000Z");
}

TEST(RecallListing, MovesOnlyWithAWholeWalk)
{
    auto run = listing();
    run.ask();
    const auto state = run.plan->state();
    const auto one = artifact("a1", "2026-03-17T14:00:00Z", "done", "2026-03-17T14:05:00Z");
    run.take(
        list_answer(one.text(), "https://us-west-2.recall.ai/api/v1/participant_events/?cursor=b")
    );
    EXPECT_EQ(run.plan->state(), state);
    run.ask();
    run.hear(200, empty_page);
    EXPECT_EQ(run.plan->state(), state);
    run.plan->on_stored(run.now);
    EXPECT_NE(run.plan->state(), state);
}

TEST(RecallListing, KeepsItsStateInIdleRounds)
{
    auto run = listing();
    run.ask();
    const auto one = artifact("a1", "2026-03-17T14:00:00Z", "done", "2026-03-17T14:05:00Z");
    run.take(list_answer(one.text()));
    const auto state = run.plan->state();
    for (int i = 0; i < 100; ++i) {
        run.ask();
        run.take(i % 2 == 0 ? list_answer(one.text()) : empty_page);
        EXPECT_EQ(run.plan->state(), state);
    }
    EXPECT_EQ(listing(state).plan->state(), state);
}

TEST(RecallListing, OfAnotherAccountBeginsAnew)
{
    poll_pace mine, other;
    mine.account = "c0ffee00";
    other.account = "deadbeef";
    auto run = listing({}, mine);
    run.ask();
    const auto one = artifact("a1", "2026-03-17T14:00:00Z", "done", "2026-03-17T14:05:00Z");
    run.take(list_answer(one.text()));
    EXPECT_EQ(listing(run.plan->state(), mine).ask(), list_path + "2026-03-17T13%3A57%3A59.000Z");
    EXPECT_EQ(listing(run.plan->state(), other).ask(), list_path + "2026-03-14T14%3A06%3A00.000Z");
}

TEST(RecallListing, BeginsAgainWhereACursorIsRefused)
{
    auto run = listing();
    const auto first = run.ask();
    run.take(list_answer("", "https://us-west-2.recall.ai/api/v1/participant_events/?cursor=b"));
    run.ask();
    run.take("{}", 400);
    EXPECT_EQ(run.ask(), "/api/v1/participant_events/?cursor=b");
    run.take("{}", 400);
    EXPECT_TRUE(run.ask().starts_with(list_path));
}

TEST(RecallListing, GivesUpAPageThatIsNeverOfUseAndSaysSo)
{
    auto run = listing();
    std::size_t told = 0;
    for (int i = 0; i < 25; ++i) {
        run.ask();
        const auto outcome = run.take("[");
        for (const auto& row : outcome.rows)
            told += row.item == given_up_item ? 1 : 0;
    }
    EXPECT_EQ(told, 1u);
    run.ask();
    EXPECT_EQ(run.take(list_answer(artifact_answer{}.text())).rows.size(), 1u);
}

TEST(RecallListing, SendsARowWithoutAnIdToTheDeadLetters)
{
    auto run = listing();
    run.ask();
    const auto outcome = run.take(list_answer(R"({"status":{"code":"done"}},{"id":"a1"})"));
    ASSERT_EQ(outcome.rows.size(), 2u);
    for (const auto& row : outcome.rows) {
        intake_record record;
        record.via = way::poll;
        record.item = row.item;
        record.body = row.body;
        EXPECT_FALSE(find_provider("recall")->normalise(record));
    }
    run.ask();
    EXPECT_TRUE(run.take(list_answer(R"({"status":{"code":"done"}})")).rows.empty());
}

TEST(RecallListing, ReadsEverythingAgainWhenSwept)
{
    auto run = listing();
    run.ask();
    run.take(list_answer(artifact_answer{}.text()));
    run.plan->sweep(run.now);
    EXPECT_EQ(run.plan->state(), R"({"phase":"listing"})");
    run.ask();
    EXPECT_EQ(run.take(list_answer(artifact_answer{}.text())).rows.size(), 1u);
}

struct listed_sign {
    std::string code;
    tracking_sign sign;
};
void PrintTo(const listed_sign& which, std::ostream* out)
{
    *out << which.code;
}

class ListedArtifact : public testing::TestWithParam<listed_sign> {};

TEST_P(ListedArtifact, IsASignOfItsRecording)
{
    intake_record record;
    record.key = recall_recording;
    record.via = way::poll;
    record.item = "artifact";
    record.body = artifact_answer{.code = GetParam().code}.text();
    const auto found = find_provider("recall")->normalise(record);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->events.empty());
    EXPECT_EQ(found->sign, GetParam().sign);
}

INSTANTIATE_TEST_SUITE_P(
    Codes,
    ListedArtifact,
    testing::Values(
        listed_sign{"processing", tracking_sign::seen},
        listed_sign{"what_comes_next_year", tracking_sign::seen},
        listed_sign{"done", tracking_sign::ended},
        listed_sign{"failed", tracking_sign::ended},
        listed_sign{"deleted", tracking_sign::none}
    ),
    [](const auto& each) { return each.param.code; }
);

}  // namespace
}  // namespace rollcall::test
