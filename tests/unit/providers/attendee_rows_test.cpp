// Polled rows become the events that the webhooks become; what every record tells whoever polls.
#include "attendee_model.hpp"
#include "expected_events.hpp"
#include "providers/attendee/cursor.hpp"
#include "providers/page.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace rollcall::test {
namespace {

const std::string bot_id = "bot_Xk3vQ9TmZ2LrB7aE";

intake_record polled(std::string_view item, std::string body, std::string key = bot_id)
{
    auto record = arrived(std::move(body));
    record.key = std::move(key);
    record.item = item;
    record.via = way::poll;
    return record;
}

result<normalised, fault> normalise(const intake_record& record)
{
    return find_provider("attendee")->normalise(record);
}

// The `data` of a recorded webhook is the row as it is polled.
std::string data_of(const std::string& webhook)
{
    const auto body = fixture("attendee/webhooks/" + webhook + ".json");
    const auto start = body.find(R"("data": )") + 8;
    int depth = 0;
    for (auto i = start; i < body.size(); ++i) {
        depth += body[i] == '{' ? 1 : body[i] == '}' ? -1 : 0;
        if (depth == 0)
            return body.substr(start, i + 1 - start);
    }
    throw std::logic_error("no data in " + webhook);
}

struct either_way {
    const char* webhook;
    const char* item;
};

TEST(PolledRow, IsTheEventOfItsWebhook)
{
    for (const auto& [webhook, item] :
         {either_way{"participant_join", "participant_event"},
          either_way{"participant_join_unicode_name", "participant_event"},
          either_way{"participant_leave", "participant_event"},
          either_way{"participant_speech_start", "participant_event"},
          either_way{"participant_speech_stop", "participant_event"},
          either_way{"chat_message", "chat_message"}}) {
        SCOPED_TRACE(webhook);
        auto told =
            normalise(arrived(fixture(std::string{"attendee/webhooks/"} + webhook + ".json")));
        const auto read = normalise(polled(item, data_of(webhook), told->events.at(0).meeting.id));
        ASSERT_TRUE(read);
        EXPECT_EQ(told->sign, tracking_sign::seen);
        EXPECT_EQ(read->sign, tracking_sign::none);
        // The way is another, and a row does not tell the bot's metadata.
        told->events[0].via = way::poll;
        told->events[0].meeting.metadata = "{}";
        EXPECT_EQ(to_json(*read), to_json(*told));
    }
}

TEST(PolledRow, OfEveryRecordedPageIsAnEvent)
{
    for (const auto* file : {"participant_events_page1", "participant_events_page2"}) {
        const auto body = fixture(std::string{"attendee/rest/"} + file + ".json");
        const auto page = read_page(body, attendee::cursor_parameter);
        ASSERT_TRUE(page);
        for (const auto row : page->rows) {
            const auto found = normalise(polled("participant_event", std::string{row}));
            ASSERT_TRUE(found) << row;
            ASSERT_EQ(found->events.size(), 1u);
            EXPECT_EQ(found->events[0].identity, "attendee:" + id_of_row(row));
            EXPECT_EQ(found->events[0].meeting.id, bot_id);
            EXPECT_EQ(found->events[0].meeting.bot_id, bot_id);
        }
    }
}

TEST(PolledRow, OfAnAppSessionHasNoBot)
{
    const auto found =
        normalise(polled("participant_event", data_of("participant_join"), "app_U3yT6rE9wQ2aS5dF"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->events[0].meeting.id, "app_U3yT6rE9wQ2aS5dF");
    EXPECT_EQ(found->events[0].meeting.bot_id, std::nullopt);
}

TEST(PolledRow, ThatCannotBeUsedNamesTheMember)
{
    const auto where = [](std::string_view item, std::string body) {
        const auto found = normalise(polled(item, std::move(body)));
        return found ? "usable" : found.error().where;
    };
    EXPECT_EQ(where("participant_event", "{}"), "event_type");
    EXPECT_EQ(where("participant_event", R"({"event_type":"join"})"), "id");
    EXPECT_EQ(
        where("chat_message", R"({"id":"m","sender_uuid":"u","timestamp_ms":7})"), "timestamp_ms"
    );
    EXPECT_EQ(where("bot", "{}"), "id");
    EXPECT_EQ(where("bot", R"({"id":"another","state":"ended"})"), "id");
    EXPECT_EQ(where("bot", R"({"id":"bot_Xk3vQ9TmZ2LrB7aE"})"), "state");
    EXPECT_EQ(
        where(
            "bot",
            R"({"id":"bot_Xk3vQ9TmZ2LrB7aE","state":"ended","events":[7,{"type":"meeting_ended"}]})"
        ),
        "events[1].created_at"
    );
    EXPECT_EQ(where("participant", "{}"), "rollcall-item");
}

TEST(PolledRow, OfAnUnknownTypeIsNone)
{
    const auto found = normalise(polled("participant_event", R"({"event_type":"hand_raised"})"));
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->events.empty());
    EXPECT_EQ(found->ignored, "participant_event/hand_raised");
}

// A bot of the recorded shape, in that state, with these types of events, a second apart.
std::string bot(const std::string& state, const std::vector<std::string>& types)
{
    std::string events;
    auto at = *parse_rfc3339("2026-08-14T09:00:00Z");
    for (const auto& type : types)
        events.append(events.empty() ? "" : ",")
            .append(R"({"type":")" + type + R"(","created_at":")")
            .append(to_rfc3339(at += milliseconds{1000}) + R"("})");
    return R"({"id":")" + bot_id + R"(","metadata":{"n":1.0},"state":")" + state +
           R"(","events":[)" + events + "]}";
}

TEST(PolledBot, TellsOfTheStart)
{
    const auto found = normalise(polled("bot", fixture("attendee/rest/bot_detail.json")));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->sign, tracking_sign::seen);
    ASSERT_EQ(found->events.size(), 1u);
    const auto& started = found->events[0];
    EXPECT_EQ(started.kind, kind::meeting_started);
    EXPECT_EQ(started.identity, "attendee:" + bot_id + ":meeting.started");
    EXPECT_EQ(to_rfc3339(started.occurred_at), "2026-08-14T09:00:03.771Z");
    EXPECT_EQ(started.provider_event_type, "bot.state_change");
    EXPECT_EQ(started.provider_event_id, std::nullopt);
    EXPECT_EQ(started.via, way::poll);
    EXPECT_EQ(started.participant, std::nullopt);
    EXPECT_EQ(started.meeting.metadata, R"({"customer":"acme","room":"standup"})");
    EXPECT_EQ(
        started.data,
        R"({"event_type":"joined_meeting","event_sub_type":null,"old_state":null,"new_state":null,)"
        R"("event_metadata":null})"
    );
}

TEST(PolledBot, HasOneStartAndOneEnd)
{
    const auto found = normalise(polled(
        "bot",
        bot("ended",
            {"join_requested",
             "joined_meeting",
             "recording_permission_granted",
             "recording_paused",
             "left_meeting",
             "post_processing_completed",
             "data_deleted"})
    ));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->events.size(), 2u);
    EXPECT_EQ(found->events[0].kind, kind::meeting_started);
    EXPECT_EQ(to_rfc3339(found->events[0].occurred_at), "2026-08-14T09:00:02.000Z");
    EXPECT_EQ(found->events[1].kind, kind::meeting_ended);
    EXPECT_EQ(to_rfc3339(found->events[1].occurred_at), "2026-08-14T09:00:05.000Z");
    EXPECT_EQ(found->events[1].identity, "attendee:" + bot_id + ":meeting.ended");
    EXPECT_EQ(found->events[1].meeting.metadata, R"({"n":1.0})");
}

TEST(PolledBot, ThatNeverJoinedHasAnEndOnly)
{
    const auto found =
        normalise(polled("bot", bot("fatal_error", {"join_requested", "could_not_join_meeting"})));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->events.size(), 1u);
    EXPECT_EQ(found->events[0].kind, kind::meeting_ended);
}

TEST(PolledBot, KeepsTheSubType)
{
    const auto body = fixture("attendee/rest/bots_list_mixed_states.json");
    const auto page = read_page(body, attendee::cursor_parameter);
    ASSERT_TRUE(page);
    const auto found = normalise(polled("bot", std::string{page->rows[1]}, "bot_e5Rt6Yu7Io8Pa9Sd"));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->events.size(), 1u);
    EXPECT_NE(
        found->events[0].data.find(R"("event_sub_type":"waiting_room_timeout_exceeded")"),
        std::string::npos
    );
}

TEST(Sign, OfABotIsItsState)
{
    const auto sign = [](const char* item, const std::string& state) {
        const auto found = normalise(polled(item, bot(state, {})));
        return found ? found->sign : tracking_sign::drop;
    };
    for (const auto* state :
         {"ready", "scheduled", "joining", "joined_recording", "leaving", "new"})
        EXPECT_EQ(sign("bot", state), tracking_sign::seen) << state;
    for (const auto* state : {"post_processing", "ended", "fatal_error", "data_deleted"})
        EXPECT_EQ(sign("bot", state), tracking_sign::ended) << state;
    // Its plan has asked for it, and would be woken by its own rows once it is done.
    for (const auto* state : {"joining", "ended"})
        EXPECT_EQ(sign("followed_bot", state), tracking_sign::none) << state;
}

TEST(Sign, OfAWebhookIsThatThereIsABotOrThatItIsOver)
{
    const auto sign = [](const std::string& webhook) {
        const auto found = normalise(arrived(fixture("attendee/webhooks/" + webhook + ".json")));
        return found ? found->sign : tracking_sign::drop;
    };
    for (const auto* webhook :
         {"participant_join",
          "app_session_participant_join",
          "chat_message",
          "transcript_update",
          "bot_logs_update",
          "bot_state_change_join_requested",
          "bot_state_change_joined_recording"})
        EXPECT_EQ(sign(webhook), tracking_sign::seen) << webhook;
    for (const auto* webhook :
         {"bot_state_change_ended",
          "bot_state_change_could_not_join",
          "bot_state_change_removed_by_host"})
        EXPECT_EQ(sign(webhook), tracking_sign::ended) << webhook;
    for (const auto* webhook :
         {"calendar_events_update",
          "zoom_oauth_connection_state_change",
          "async_transcription_state_change"})
        EXPECT_EQ(sign(webhook), tracking_sign::none) << webhook;
}

}  // namespace
}  // namespace rollcall::test
