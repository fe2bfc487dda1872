// What polled rows become: the recorded answers of the API, and what may be wrong with a row.
#include "expected_events.hpp"
#include "providers/realtimekit/answer.hpp"
#include "realtimekit_answers.hpp"
#include "support/fixtures.hpp"

#include <gmock/gmock.h>

namespace rollcall::test {
namespace {

using realtimekit::read_list;
using realtimekit::read_one;
using testing::ElementsAre;

constexpr std::string_view session = "b7e2f0a4-18c3-4d59-9e6b-2c1d0f9a8b7e";

normalised row_of(std::string item, std::string body, std::string_view key = session)
{
    auto record = arrived(std::move(body), "realtimekit");
    record.via = way::poll;
    record.key = key;
    record.item = std::move(item);
    const auto found = find_provider("realtimekit")->normalise(record);
    EXPECT_TRUE(found) << (found ? "" : found.error().where);
    return found ? *found : normalised{};
}

std::vector<std::string> rows_of(const std::string& name)
{
    const auto body = fixture("realtimekit/rest/" + name + ".json");
    const auto list = read_list(body, name.starts_with("sessions") ? "sessions" : "participants");
    const auto one = read_one(
        body,
        name.find("participant") != std::string::npos || name == "peer_report" ? "participant" : ""
    );
    const auto& found = list ? list : one;
    if (!found)
        throw std::logic_error(name + ": " + found.error().where);
    return {found->rows.begin(), found->rows.end()};
}

// One line an event.
std::vector<std::string> lines_of(const normalised& found)
{
    std::vector<std::string> lines;
    for (const auto& e : found.events)
        lines.push_back(
            to_rfc3339(e.occurred_at).substr(11, 12) + ' ' + std::string{to_string(e.kind)} + ' ' +
            (e.participant
                 ? e.participant->id.substr(0, 8) + ' ' + e.participant->name.value_or("-") + ' ' +
                       e.participant->user_id.value_or("-")
                 : e.meeting.id.substr(0, 8)) +
            (e.alias.empty() ? "" : " or " + e.alias.substr(0, 8))
        );
    return lines;
}

TEST(RealtimekitRow, OfAParticipantGivesItsComingsAndGoings)
{
    const auto all = rows_of("session_participants_peer_events_page1");
    const auto asha = row_of("participant", all.at(0));
    EXPECT_THAT(
        lines_of(asha),
        ElementsAre(
            "14:00:02.652 participant.joined d4b0a6c2 Asha Rao emp-1001",
            "14:20:09.428 participant.left d4b0a6c2 Asha Rao emp-1001"
        )
    );
    EXPECT_EQ(asha.left_out, 0U);
    EXPECT_EQ(asha.sign, tracking_sign::none);
    const auto& first = asha.events.front();
    EXPECT_EQ(
        first.identity,
        "realtimekit:b7e2f0a4-18c3-4d59-9e6b-2c1d0f9a8b7e:d4b0a6c2-7e18-4f93-b5d1-3a2c1e0f9b8d:"
        "joined"
    );
    EXPECT_TRUE(first.counts_occurrences);
    EXPECT_EQ(first.meeting.id, session);
    EXPECT_EQ(first.meeting.session_id, std::string{session});
    EXPECT_EQ(first.via, way::poll);
    EXPECT_EQ(first.provider_event_type, "meeting.participantJoined");
    EXPECT_THAT(
        lines_of(row_of("participant", all.at(1))),
        ElementsAre("14:03:17.219 participant.joined 8a7b6c5d Noor Haddad emp-1002")
    );
}

TEST(RealtimekitRow, WithoutPeerEventsHasTheTimesOfItsOwn)
{
    const auto all = rows_of("session_participants");
    EXPECT_THAT(
        lines_of(row_of("participant", all.at(0))),
        ElementsAre(
            "14:00:02.640 participant.joined d4b0a6c2 Asha Rao emp-1001",
            "14:20:09.415 participant.left d4b0a6c2 Asha Rao emp-1001"
        )
    );
    EXPECT_THAT(
        lines_of(row_of("participant", all.at(1))),
        ElementsAre("14:03:17.204 participant.joined 8a7b6c5d Noor Haddad emp-1002")
    );
}

TEST(RealtimekitRow, OfAPeerThatCameBackTellsBothStays)
{
    EXPECT_THAT(
        lines_of(row_of("participant", rows_of("participant_details_socket_reconnect").at(0))),
        ElementsAre(
            "14:03:17.219 participant.joined 8a7b6c5d Noor Haddad emp-1002",
            "14:30:10.004 participant.left 8a7b6c5d Noor Haddad emp-1002",
            "14:31:48.551 participant.joined 8a7b6c5d Noor Haddad emp-1002",
            "14:44:02.345 participant.left 8a7b6c5d Noor Haddad emp-1002"
        )
    );
}

TEST(RealtimekitRow, OfAPeerReportIsAParticipantsToo)
{
    EXPECT_EQ(lines_of(row_of("participant", rows_of("peer_report").at(0))).size(), 2U);
    EXPECT_EQ(
        lines_of(row_of("participant", rows_of("participant_details_peer_events").at(0))),
        lines_of(row_of("participant", rows_of("peer_report").at(0)))
    );
}

TEST(RealtimekitRow, ThatIsUntidyGivesWhatCanBeRead)
{
    const auto all = rows_of("session_participants_untidy");
    const auto li = row_of("participant", all.at(0));
    EXPECT_THAT(
        lines_of(li),
        ElementsAre(
            "14:06:01.500 participant.joined aabbccdd Li 明 🎉 emp-1003 or 99887766",
            "14:07:16.000 participant.left aabbccdd Li 明 🎉 emp-1003 or 99887766"
        )
    );
    EXPECT_EQ(li.left_out, 1U) << "PEER_FUTURE_STATE";
    const auto nobody = row_of("participant", all.at(1));
    EXPECT_TRUE(nobody.events.empty());
    EXPECT_EQ(nobody.left_out, 1U) << "the stray quote";
}

TEST(RealtimekitRow, SortsItsEventsAndLeavesOutWhatHasNoTime)
{
    const auto found = row_of(
        "participant",
        kit_row(
            "p",
            kit_event("PEER_LEAVING", "2026-08-14T09:01:00Z", "p") + "," +
                kit_event("PEER_CREATED", "2026-08-14T08:59:59Z", "p") + "," +
                kit_event("PEER_LEAVING", "some day", "p") + "," +
                kit_event("PEER_JOINING", "2026-08-14T09:00:00.123456789Z", "p") + ",null,{}"
        )
    );
    EXPECT_THAT(
        lines_of(found),
        ElementsAre("09:00:00.123 participant.joined p - -", "09:01:00.000 participant.left p - -")
    );
    EXPECT_EQ(found.left_out, 2U) << "a bad time, and an event without a name";
}

TEST(RealtimekitRow, OfASessionTellsItsStartAndItsEnd)
{
    const auto live = row_of("session", rows_of("session_details").at(0));
    EXPECT_THAT(lines_of(live), ElementsAre("14:00:02.118 meeting.started b7e2f0a4"));
    EXPECT_EQ(live.sign, tracking_sign::seen);
    const auto& started = live.events.front();
    EXPECT_EQ(started.identity, "realtimekit:b7e2f0a4-18c3-4d59-9e6b-2c1d0f9a8b7e:started");
    EXPECT_EQ(started.meeting.title, "Quarterly planning");
    EXPECT_EQ(started.meeting.metadata, R"({"meeting_id":"3d9a1c52-6b0f-4e7a-8f21-0a4b5c6d7e8f"})");
    EXPECT_EQ(started.provider_event_type, "meeting.started");

    const auto ended = row_of("session", rows_of("sessions_ended").at(0));
    EXPECT_THAT(
        lines_of(ended),
        ElementsAre("14:00:11.006 meeting.started 1c4e8a20", "14:39:58.440 meeting.ended 1c4e8a20")
    );
    EXPECT_EQ(ended.sign, tracking_sign::ended);
    EXPECT_EQ(
        row_of("followed_session", rows_of("sessions_ended").at(0)).sign, tracking_sign::none
    );
}

TEST(RealtimekitRow, OfASessionWhoseEndCannotBeReadEndsWithItsLastChange)
{
    const auto found = row_of(
        "session",
        R"({"id":"s","status":"ENDED","started_at":"2026-08-14T09:00:00Z\"","ended_at":"?",)"
        R"("updated_at":"2026-08-14T09:30:00Z"})"
    );
    EXPECT_THAT(lines_of(found), ElementsAre("09:30:00.000 meeting.ended s"));
    EXPECT_EQ(found.left_out, 2U);
}

TEST(RealtimekitRow, OfAPermanentMeetingNamesASession)
{
    const auto found = row_of("session_of_meeting", rows_of("active_session").at(0));
    ASSERT_TRUE(found.named);
    EXPECT_EQ(found.named->name, "3d9a1c52-6b0f-4e7a-8f21-0a4b5c6d7e8f@1772632802118");
    EXPECT_EQ(found.named->key, session);
    EXPECT_FALSE(found.all_named);
    EXPECT_TRUE(row_of("meeting_read", "{}").all_named);
}

TEST(RealtimekitRow, WithDetailsIsAnUpdateWithWhatTheFiltersBrought)
{
    const auto row = kit_row(
        "p",
        kit_event("PEER_JOINING", "2026-08-14T09:00:00Z", "p"),
        R"("display_name":"Asha","duration":1,"device_info":{"os":"x", "n":1.50},"quality_stats":[],)"
    );
    const auto found = row_of("participant_details", row);
    EXPECT_THAT(lines_of(found), ElementsAre("09:00:00.000 participant.updated p Asha -"));
    EXPECT_EQ(
        found.events.front().data, R"({"device_info":{"n":1.50,"os":"x"},"quality_stats":[]})"
    );
    EXPECT_TRUE(row_of("participant_details", joined_row("p")).events.empty());
}

TEST(RealtimekitRow, ThatCannotBeReadIsForTheDeadLetters)
{
    auto record = arrived(R"({"name":"nobody"})", "realtimekit");
    for (const auto* item : {"participant", "session", "session_of_meeting", "other"}) {
        record.item = item;
        EXPECT_FALSE(find_provider("realtimekit")->normalise(record)) << item;
    }
}

}  // namespace
}  // namespace rollcall::test
