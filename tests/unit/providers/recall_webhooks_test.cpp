// Every webhook of the recorded meeting, and cases of our own making (a folder each, no C++), as a
// table: routed, and normalised to the events in the file beside it.
#include "expected_events.hpp"
#include "posted_request.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <vector>

namespace rollcall::test {
namespace {

std::unique_ptr<const provider> recall_of(std::string region)
{
    source_options options;
    options.region = std::move(region);
    return make_provider("recall", options);
}

struct recall_case {
    std::string name, body_file, expected_file;
    std::string body() const { return fixture(body_file); }
};
void PrintTo(const recall_case& which, std::ostream* out)
{
    *out << which.name;
}

std::vector<recall_case> recall_cases()
{
    const std::filesystem::path root{ROLLCALL_SOURCE_DIR "/tests/fixtures/recall"};
    std::vector<recall_case> all;
    for (const auto& entry : std::filesystem::directory_iterator{root / "webhooks"}) {
        const std::string name = entry.path().stem();
        if (!name.ends_with(".expected"))
            all.push_back(
                {name,
                 "recall/webhooks/" + name + ".json",
                 "recall/webhooks/" + name + ".expected.json"}
            );
    }
    for (const auto& entry : std::filesystem::directory_iterator{root / "cases"}) {
        const std::string name = entry.path().filename();
        const auto folder = "recall/cases/" + name;
        all.push_back({name, folder + "/body.json", folder + "/expected.json"});
    }
    std::ranges::sort(all, {}, &recall_case::name);
    return all;
}

class RecallWebhook : public testing::TestWithParam<recall_case> {};

TEST_P(RecallWebhook, GivesTheExpectedEvents)
{
    const auto from = recall_of("us-west-2");
    const auto found = from->normalise(arrived(GetParam().body(), "recall"));
    ASSERT_TRUE(found) << found.error().where;
    EXPECT_EQ(to_json(*found), expected_events(GetParam().expected_file));
    for (const auto& each : found->events)
        EXPECT_EQ(each.traceparent, arrived("").traceparent);
}

// The recording, or else the bot, read by another parser.
TEST_P(RecallWebhook, IsRoutedToItsRecordingOrElseItsBot)
{
    const auto body = GetParam().body();
    rapidjson::Document doc;
    doc.Parse(body.data(), body.size());
    std::string expected;
    if (const auto* id = rapidjson::Pointer{"/data/bot/id"}.Get(doc); id && id->IsString())
        expected = std::string{"bot:"} + id->GetString();
    if (const auto* id = rapidjson::Pointer{"/data/recording/id"}.Get(doc); id && id->IsString())
        expected = id->GetString();
    const auto where =
        recall_of("us-west-2")->route(posted_request{body, {{"webhook-id", "msg_1"}}});
    ASSERT_TRUE(where);
    EXPECT_EQ(where->key, expected);
    const auto found = recall_of("us-west-2")->normalise(arrived(body, "recall"));
    ASSERT_TRUE(found);
    for (const auto& each : found->events)
        EXPECT_EQ(each.meeting.id, where->key);
}

// What names no recording is a sign at most of its bot, which finds the recording.
TEST_P(RecallWebhook, IsASignOfWhatItIsRoutedTo)
{
    const auto body = GetParam().body();
    const auto from = recall_of("us-west-2");
    const auto where = from->route(posted_request{body, {{"webhook-id", "msg_1"}}});
    ASSERT_TRUE(where);
    auto record = arrived(body, "recall");
    record.key = where->key;
    const auto found = from->normalise(record);
    ASSERT_TRUE(found);
    rapidjson::Document doc;
    doc.Parse(body.data(), body.size());
    const bool is_bots = where->key.starts_with("bot:");
    if (rapidjson::Pointer{"/data/recording/id"}.Get(doc) == nullptr && !is_bots) {
        EXPECT_EQ(found->sign, tracking_sign::none);
    }
    if (is_bots) {
        EXPECT_TRUE(found->events.empty());
    }
}

INSTANTIATE_TEST_SUITE_P(
    All,
    RecallWebhook,
    testing::ValuesIn(recall_cases()),
    [](const auto& each) { return each.param.name; }
);

TEST(RecallWebhooks, BecomeEveryKindButTheSettling)
{
    std::set<kind> seen;
    for (const auto& each : recall_cases()) {
        const auto found = recall_of("us-west-2")->normalise(arrived(each.body(), "recall"));
        ASSERT_TRUE(found);
        for (const auto& made : found->events)
            seen.insert(made.kind);
    }
    EXPECT_EQ(seen.size(), kinds - 1);
}

struct told_sign {
    std::string name;
    tracking_sign sign;
    bool warns = false;
};
void PrintTo(const told_sign& which, std::ostream* out)
{
    *out << which.name;
}

class RecallSign : public testing::TestWithParam<told_sign> {};

TEST_P(RecallSign, IsWhatWhoeverPollsIsTold)
{
    auto body = fixture("recall/webhooks/" + GetParam().name + ".json");
    auto record = arrived(body, "recall");
    record.key = recall_of("us-west-2")->route(posted_request{body, {}})->key;
    const auto found = recall_of("us-west-2")->normalise(record);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->sign, GetParam().sign);
    EXPECT_EQ(!found->warning.empty(), GetParam().warns);
}

const told_sign signs[] = {
    {"webhook_join", tracking_sign::seen},
    {"status_recording_done", tracking_sign::ended},
    {"status_participant_events_processing", tracking_sign::seen},
    {"status_participant_events_done", tracking_sign::ended},
    {"status_participant_events_failed", tracking_sign::ended},
    {"status_participant_events_deleted", tracking_sign::none},
    {"status_realtime_endpoint_failed", tracking_sign::seen, true},
    {"status_bot_call_ended", tracking_sign::ended},
    {"status_bot_in_call_recording", tracking_sign::seen},
};
INSTANTIATE_TEST_SUITE_P(Told, RecallSign, testing::ValuesIn(signs), [](const auto& each) {
    return each.param.name;
});

}  // namespace
}  // namespace rollcall::test
