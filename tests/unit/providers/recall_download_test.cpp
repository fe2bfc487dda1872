#include "providers/given_up.hpp"
#include "providers/provider.hpp"
#include "providers/recall/download.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>

#include <set>

namespace rollcall::test {
namespace {

using recall::artifact_file;

const std::string recording_id = "b3d0a6c8-52f1-4c9b-9a6e-0e3f4d7a1c55";

struct reading {
    std::shared_ptr<recall::known_participants> known =
        std::make_shared<recall::known_participants>();
    array_limits allowed{};

    std::vector<polled_row> rows_of(
        artifact_file which, std::string_view file, std::size_t piece = 100
    ) const
    {
        const auto by = recall::make_reader({which, recording_id, "artifact", allowed, known});
        std::vector<polled_row> all;
        for (std::size_t at = 0; at < file.size(); at += piece) {
            auto rows = by->take(file.substr(at, piece));
            EXPECT_TRUE(rows) << rows.error().where;
            for (auto& row : *rows)
                all.push_back(std::move(row));
        }
        EXPECT_TRUE(by->finish());
        return all;
    }
};

result<normalised, fault> normalise(const polled_row& row)
{
    source_options options;
    options.region = "us-west-2";
    intake_record record;
    record.key = row.key;
    record.item = row.item;
    record.body = row.body;
    record.number = row.number;
    record.source = "recall-prod";
    record.provider = "recall";
    record.via = way::download;
    record.delivery_id = "artifact";
    record.received_at = *parse_rfc3339("2026-03-17T14:06:00Z");
    return make_provider("recall", options)->normalise(record);
}

result<normalised, fault> normalise_webhook(const std::string& name)
{
    source_options options;
    options.region = "us-west-2";
    intake_record record;
    record.body = fixture("recall/webhooks/" + name + ".json");
    record.via = way::webhook;
    return make_provider("recall", options)->normalise(record);
}

std::string entry(
    std::string_view action, int who, std::string_view at, std::string_view name = "Ada"
)
{
    std::string text = R"({"id":"e1","action":")";
    text.append(action).append(R"(","participant":{"id":)").append(std::to_string(who));
    text.append(R"(,"name":")").append(name).append(R"("},"timestamp":{"absolute":")");
    return text.append(at).append(R"(","relative":1.5},"data":null})");
}

// Each webhook of the recorded meeting is told again by the download, under its identity.
TEST(RecallDownload, TellsWhatTheWebhooksToldUnderTheirIdentities)
{
    std::set<std::string> downloaded;
    const auto rows = reading{}.rows_of(
        artifact_file::events, fixture("recall/downloads/participant_events.json")
    );
    EXPECT_EQ(rows.size(), 14u);
    for (const auto& row : rows) {
        EXPECT_EQ(row.key, recording_id);
        EXPECT_EQ(row.number, 0u);
        const auto found = normalise(row);
        ASSERT_TRUE(found) << found.error().where;
        ASSERT_EQ(found->events.size(), 1u);
        const auto& made = found->events[0];
        EXPECT_EQ(made.meeting.id, recording_id);
        EXPECT_EQ(made.meeting.recording_id, recording_id);
        EXPECT_EQ(made.via, way::download);
        EXPECT_TRUE(made.provider_event_id);
        EXPECT_EQ(made.content, 0u);
        EXPECT_FALSE(made.stands_in);
        EXPECT_TRUE(downloaded.insert(made.identity).second);
    }
    for (const std::string name :
         {"webhook_join",
          "webhook_join_before_recording",
          "webhook_leave",
          "webhook_update",
          "webhook_speech_on",
          "webhook_speech_off",
          "webhook_webcam_on",
          "webhook_webcam_off",
          "webhook_screenshare_on",
          "webhook_screenshare_off",
          "webhook_chat_message",
          "webhook_rejoin_new_participant_id"}) {
        const auto told = normalise_webhook(name);
        ASSERT_TRUE(told);
        EXPECT_TRUE(downloaded.contains(told->events[0].identity)) << name;
        EXPECT_NE(told->events[0].content, 0u);
    }
}

TEST(RecallDownload, TellsTheSameAsTheWebhookButWhereItCameFrom)
{
    const auto rows = reading{}.rows_of(
        artifact_file::events, fixture("recall/downloads/participant_events.json")
    );
    const auto row = normalise(rows[6])->events[0];
    const auto webhook = normalise_webhook("webhook_chat_message")->events[0];
    EXPECT_EQ(row.kind, kind::participant_chat);
    EXPECT_EQ(row.identity, webhook.identity);
    EXPECT_EQ(row.alike, webhook.alike);
    EXPECT_FALSE(row.alike.empty());
    EXPECT_EQ(row.occurred_at, webhook.occurred_at);
    EXPECT_EQ(row.data, webhook.data);
    EXPECT_EQ(row.provider_event_type, webhook.provider_event_type);
    EXPECT_EQ(row.participant->name, webhook.participant->name);
}

TEST(RecallDownload, MeetsTheWebhookWhateverThePrecision)
{
    const auto one =
        normalise({recording_id, "participant_event", entry("join", 7, "2026-03-17T14:00:16.554Z")}
        );
    const auto other = normalise(
        {recording_id, "participant_event", entry("join", 7, "2026-03-17T15:00:16.554999+01:00")}
    );
    EXPECT_EQ(one->events[0].identity, other->events[0].identity);
}

TEST(RecallDownload, NumbersWhatNothingElseTellsApart)
{
    const auto a = entry("join", 7, "2026-03-17T14:00:16.554Z");
    const auto b = entry("join", 8, "2026-03-17T14:00:16.554Z");
    // Of the same millisecond; the name is no part of the key.
    const auto again = entry("join", 7, "2026-03-17T14:00:16.554321Z", "Eve");
    const auto rows =
        reading{}.rows_of(artifact_file::events, "[" + a + "," + b + "," + again + "," + a + "]");
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[0].number, 0u);
    EXPECT_EQ(rows[1].number, 0u);
    EXPECT_EQ(rows[2].number, 1u);
    EXPECT_EQ(rows[3].number, 2u);
    EXPECT_EQ(rows[2].body, again);
    EXPECT_EQ(normalise(rows[2])->events[0].number, 1u);
}

// What is remembered does not grow with the file.
TEST(RecallDownload, ForgetsKeysOfLongAgo)
{
    std::string file = "[" + entry("join", 1, "2026-03-17T14:00:00Z");
    for (std::size_t i = 0; i < recall::remembered_keys; ++i)
        file.append(",").append(entry("leave", static_cast<int>(i) + 2, "2026-03-17T14:00:01Z"));
    file.append(",").append(entry("join", 1, "2026-03-17T14:00:00Z")).append("]");
    const auto rows = reading{}.rows_of(artifact_file::events, file, 1 << 16);
    EXPECT_EQ(rows.back().number, 0u);
}

TEST(RecallDownload, SendsWhatIsNoEventToTheDeadLetters)
{
    const std::string file =
        R"([17,{"action":"join"},{"action":"wave","participant":{"id":1}},{"a":}])";
    const auto rows = reading{}.rows_of(artifact_file::events, file, 1);
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[0].body, "17");
    EXPECT_EQ(normalise(rows[0]).error().code, errc::wrong_type);
    EXPECT_EQ(normalise(rows[1]).error().where, "participant");
    EXPECT_EQ(normalise(rows[2])->ignored, "participant_events.wave");
    EXPECT_EQ(normalise(rows[3]).error().code, errc::not_json);
}

TEST(RecallDownload, SaysWhereItPassedSomethingOver)
{
    reading by;
    by.allowed = {.elements = 10, .element_bytes = 200, .depth = 3};
    const auto good = entry("join", 7, "2026-03-17T14:00:16.554Z");
    const auto rows = by.rows_of(
        artifact_file::events,
        "[" + good + ",{\"x\":\"" + std::string(300, 'y') + "\"},[[[[]]]]," + good + "]"
    );
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[1].item, given_up_item);
    EXPECT_EQ(rows[1].key, recording_id);
    const auto longer = read_given_up(rows[1].body);
    ASSERT_TRUE(longer);
    EXPECT_EQ(longer->target, "artifact: element 1 at byte " + std::to_string(good.size() + 2));
    EXPECT_EQ(longer->why, "longer than 200 bytes");
    EXPECT_EQ(read_given_up(rows[2].body)->why, "nested deeper than 3");
    EXPECT_EQ(rows[3].number, 1u);
}

TEST(RecallParticipants, TellNothingThatTheirEventsHaveTold)
{
    const reading by;
    by.rows_of(artifact_file::events, fixture("recall/downloads/participant_events.json"));
    EXPECT_TRUE(
        by.rows_of(artifact_file::participants, fixture("recall/downloads/participants.json"))
            .empty()
    );
}

TEST(RecallParticipants, TellALateNameOrAddressAtTheirLastEvent)
{
    const reading by;
    const auto join = entry("join", 7, "2026-03-17T14:00:16Z", "iPhone");
    const auto leave = entry("leave", 7, "2026-03-17T14:05:00.25Z", "iPhone");
    by.rows_of(artifact_file::events, "[" + leave + "," + join + "]");
    const std::string known = R"({"id":7,"name":"Ada","email":"ada@example.com","is_host":true})";
    const auto rows = by.rows_of(
        artifact_file::participants,
        "[" + known + R"(,{"id":7,"name":null},{"id":8,"name":"Nobody who did anything"}])"
    );
    ASSERT_EQ(rows.size(), 1u);
    const auto found = normalise(rows[0]);
    ASSERT_TRUE(found) << found.error().where;
    ASSERT_EQ(found->events.size(), 1u);
    const auto& made = found->events[0];
    EXPECT_EQ(made.kind, kind::participant_updated);
    EXPECT_EQ(made.participant->name, "Ada");
    EXPECT_EQ(made.participant->email, "ada@example.com");
    EXPECT_EQ(made.participant->is_host, true);
    EXPECT_EQ(to_rfc3339(made.occurred_at), "2026-03-17T14:05:00.250Z");
    EXPECT_TRUE(made.identity.starts_with("recall:us-west-2:" + recording_id + ":known:7:"));
    EXPECT_TRUE(made.alike.empty());

    // Told again it is the same; another name is another event.
    auto other = rows[0];
    other.body.replace(other.body.find("Ada"), 3, "Eve");
    EXPECT_NE(normalise(other)->events[0].identity, made.identity);
}

// An event in which a name is missing, or an older one that comes later in the file, is no news.
TEST(RecallParticipants, KnowTheLatestNameWhateverTheOrder)
{
    const reading by;
    const auto named = entry("update", 7, "2026-03-17T14:01:00Z", "Ada");
    const auto older = entry("join", 7, "2026-03-17T14:00:00Z", "iPhone");
    const auto nameless = entry("leave", 7, "2026-03-17T14:05:00Z", "");
    by.rows_of(artifact_file::events, "[" + named + "," + older + "," + nameless + "]");
    EXPECT_TRUE(by.rows_of(artifact_file::participants, R"([{"id":7,"name":"Ada"}])").empty());
    EXPECT_EQ(
        by.rows_of(artifact_file::participants, R"([{"id":"7","name":"iPhone"}])").size(), 1u
    );
}

TEST(RecallTimeline, StandsInForSpeech)
{
    const auto rows = reading{}.rows_of(
        artifact_file::timeline, fixture("recall/downloads/speaker_timeline.json")
    );
    ASSERT_EQ(rows.size(), 2u);
    const auto closed = normalise(rows[0]);
    ASSERT_TRUE(closed) << closed.error().where;
    ASSERT_EQ(closed->events.size(), 2u);
    EXPECT_EQ(closed->events[0].kind, kind::participant_speech_started);
    EXPECT_EQ(closed->events[1].kind, kind::participant_speech_stopped);
    for (const auto& made : closed->events)
        EXPECT_TRUE(made.stands_in);
    EXPECT_EQ(
        closed->events[0].identity, normalise_webhook("webhook_speech_on")->events[0].identity
    );
    EXPECT_EQ(
        closed->events[1].identity, normalise_webhook("webhook_speech_off")->events[0].identity
    );
    const auto open = normalise(rows[1]);
    ASSERT_TRUE(open);
    EXPECT_EQ(open->events.size(), 1u);
}

TEST(RecallTimeline, WithoutABeginningIsADeadLetter)
{
    const auto found =
        normalise({recording_id, "speech", R"({"participant":{"id":1},"start_timestamp":null})"});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().where, "start_timestamp.absolute");
}

TEST(RecallRows, OfAnUnknownKindAreDeadLetters)
{
    EXPECT_EQ(normalise({recording_id, "row", "{}"}).error().where, "rollcall-item");
}

}  // namespace
}  // namespace rollcall::test
