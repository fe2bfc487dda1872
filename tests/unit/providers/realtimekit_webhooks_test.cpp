// Every recorded webhook: routed, and normalised to the events in the file beside it; or of no
// interest, and not stored.
#include "expected_events.hpp"
#include "posted_request.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace rollcall::test {
namespace {

constexpr std::string_view session = "b7e2f0a4-18c3-4d59-9e6b-2c1d0f9a8b7e";
constexpr std::string_view permanent = "3d9a1c52-6b0f-4e7a-8f21-0a4b5c6d7e8f";

const provider& realtimekit()
{
    return *find_provider("realtimekit");
}

std::string webhook(const std::string& name)
{
    return fixture("realtimekit/webhooks/" + name + ".json");
}

result<routing, fault> route(std::string_view body)
{
    return realtimekit().route(posted_request{std::string{body}, {{"rtk-uuid", "0e5d7c6b"}}});
}

result<normalised, fault> normalise(std::string body)
{
    return realtimekit().normalise(arrived(std::move(body), "realtimekit"));
}

std::vector<std::string> recorded(bool with_events)
{
    const std::filesystem::path folder{ROLLCALL_SOURCE_DIR "/tests/fixtures/realtimekit/webhooks"};
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        const auto name = entry.path().stem().string();
        if (name.ends_with(".expected") || name == "participant_joined_sparse_legacy")
            continue;
        if (std::filesystem::exists(folder / (name + ".expected.json")) == with_events)
            names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

const auto name_of = [](const auto& each) { return each.param; };

class RealtimekitWebhook : public testing::TestWithParam<std::string> {};

TEST_P(RealtimekitWebhook, GivesTheExpectedEvents)
{
    const auto found = normalise(webhook(GetParam()));
    ASSERT_TRUE(found) << found.error().where;
    EXPECT_EQ(
        to_json(*found), expected_events("realtimekit/webhooks/" + GetParam() + ".expected.json")
    );
    for (const auto& each : found->events) {
        EXPECT_EQ(each.traceparent, arrived("").traceparent);
        EXPECT_EQ(each.counts_occurrences, each.participant.has_value());
    }
}

TEST_P(RealtimekitWebhook, IsRoutedToItsSession)
{
    const auto where = route(webhook(GetParam()));
    ASSERT_TRUE(where);
    EXPECT_EQ(where->key, session);
    EXPECT_EQ(where->delivery_id, "0e5d7c6b");
    EXPECT_EQ(where->ignored, "");
}

INSTANTIATE_TEST_SUITE_P(Recorded, RealtimekitWebhook, testing::ValuesIn(recorded(true)), name_of);

class RealtimekitOther : public testing::TestWithParam<std::string> {};

TEST_P(RealtimekitOther, IsNotStoredAndCountedByItsName)
{
    const auto body = webhook(GetParam());
    const auto where = route(body);
    ASSERT_TRUE(where);
    EXPECT_NE(where->ignored, "");
    EXPECT_NE(body.find('"' + where->ignored + '"'), std::string::npos);
    // Stored by an older version, it would become nothing either.
    const auto found = normalise(body);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->events.empty());
    EXPECT_EQ(found->ignored, where->ignored);
}

INSTANTIATE_TEST_SUITE_P(Recorded, RealtimekitOther, testing::ValuesIn(recorded(false)), name_of);

TEST(RealtimekitWebhooks, AreRecordedOfEveryKind)
{
    EXPECT_EQ(recorded(true).size(), 9U);
    EXPECT_EQ(recorded(false).size(), 8U);
}

TEST(RealtimekitWebhooks, WithoutASessionWaitWithTheirMeetingAndSayWhatIsMissing)
{
    const auto body = webhook("participant_joined_sparse_legacy");
    const auto where = route(body);
    ASSERT_TRUE(where);
    EXPECT_EQ(where->key, "meeting:" + std::string{permanent});
    const auto found = normalise(body);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, errc::missing_field);
    EXPECT_EQ(found.error().where, "meeting.sessionId");
}

normalised under_key(std::string body, std::string key)
{
    auto record = arrived(std::move(body), "realtimekit");
    record.key = std::move(key);
    const auto found = realtimekit().normalise(record);
    EXPECT_TRUE(found);
    return found ? *found : normalised{};
}

std::string without(std::string body, const std::string& piece)
{
    return body.erase(body.find(piece), piece.size());
}

TEST(RealtimekitWebhooks, WithoutASessionAreOfTheOneThatBeganThen)
{
    const auto body = without(
        webhook("participant_joined"), R"("sessionId": "b7e2f0a4-18c3-4d59-9e6b-2c1d0f9a8b7e",)"
    );
    const auto before = under_key(body, "meeting:" + std::string{permanent});
    ASSERT_TRUE(before.waits_for);
    EXPECT_EQ(before.waits_for->name, std::string{permanent} + "@1772632802118");
    EXPECT_EQ(before.waits_for->otherwise.where, "meeting.sessionId");
    EXPECT_TRUE(before.events.empty());
    const auto after = under_key(body, std::string{session});
    ASSERT_EQ(after.events.size(), 1U);
    EXPECT_FALSE(after.waits_for);
    const auto whole = normalise(webhook("participant_joined"));
    EXPECT_EQ(to_json(after), to_json(*whole));
}

// The API tells when it was, too.
TEST(RealtimekitWebhooks, WithoutASessionAndATimeOnlyShowThatThereIsASession)
{
    const auto found = under_key(webhook("participant_joined_sparse_legacy"), std::string{session});
    EXPECT_TRUE(found.events.empty());
    EXPECT_EQ(found.ignored, "meeting.participantJoined/no time");
    EXPECT_EQ(found.sign, tracking_sign::seen);
}

TEST(RealtimekitWebhooks, ThatCannotBeReadAreForTheDeadLetters)
{
    for (const auto* body : {"", "{", "not json", R"({"event":"meeting.started"}})"}) {
        const auto where = route(body);
        ASSERT_FALSE(where) << body;
        EXPECT_EQ(where.error().code, errc::not_json);
    }
    EXPECT_FALSE(route("[]"));
    EXPECT_EQ(realtimekit().unreadable_status(), 400U);
    EXPECT_EQ(realtimekit().accepted_status(), 200U);
}

TEST(RealtimekitWebhooks, ThatCannotBeReadButMayHoldALinkAreNotStored)
{
    for (const auto* body :
         {R"({"streamKey": "abc")", R"({"downloadUrl": )", R"({"audioDownloadUrl)"}) {
        const auto where = route(body);
        ASSERT_TRUE(where);
        EXPECT_EQ(where->ignored, "(unreadable)");
    }
    const auto nameless = route(R"({"streamKey": "abc"})");
    ASSERT_TRUE(nameless);
    EXPECT_EQ(nameless->ignored, "(no event)");
}

// A recorded webhook with a piece of its text replaced.
struct change {
    std::string name, file, piece, replacement, where;
    errc code = errc::missing_field;
};
void PrintTo(const change& which, std::ostream* out)
{
    *out << which.name;
}
std::string changed(const std::string& file, const std::string& piece, const std::string& by)
{
    auto text = webhook(file);
    const auto at = text.find(piece);
    if (at == std::string::npos)
        throw std::logic_error("nothing to replace: " + piece);
    return text.replace(at, piece.size(), by);
}

class UnusableRealtimekit : public testing::TestWithParam<change> {};

TEST_P(UnusableRealtimekit, NamesTheMemberAtFault)
{
    const auto& how = GetParam();
    const auto found = normalise(changed(how.file, how.piece, how.replacement));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, how.code);
    EXPECT_EQ(found.error().where, how.where);
}

const change changes[] = {
    {"NoMeeting", "participant_left", R"("meeting": {)", R"("other": {)", "meeting"},
    {"MeetingIsText",
     "meeting_started",
     R"("meeting": {)",
     R"("meeting": "m", "other": {)",
     "meeting",
     errc::wrong_type},
    {"NullSession",
     "participant_joined",
     R"("b7e2f0a4-18c3-4d59-9e6b-2c1d0f9a8b7e")",
     "null",
     "meeting.sessionId"},
    {"EmptySession",
     "participant_joined",
     "b7e2f0a4-18c3-4d59-9e6b-2c1d0f9a8b7e",
     "",
     "meeting.sessionId"},
    {"NoParticipant", "participant_joined", R"("participant": {)", R"("who": {)", "participant"},
    {"NoPeer", "participant_joined", R"("peerId")", R"("id")", "participant.peerId"},
    {"NoJoinTime", "participant_joined", R"("joinedAt")", R"("at")", "participant.joinedAt"},
    {"NoLeaveTime", "participant_left", R"("leftAt")", R"("at")", "participant.leftAt"},
    {"NoTime",
     "participant_left",
     "2026-03-04T14:20:09.415Z",
     "yesterday",
     "participant.leftAt",
     errc::bad_time},
    {"LongAgo",
     "participant_left",
     "2026-03-04T14:20:09.415Z",
     "1970-01-01T00:00:00Z",
     "participant.leftAt",
     errc::bad_time},
    {"NoStart", "meeting_started", R"("startedAt")", R"("begunAt")", "meeting.startedAt"},
    {"NoEnd", "meeting_ended_by_host", R"("endedAt")", R"("overAt")", "meeting.endedAt"},
};
INSTANTIATE_TEST_SUITE_P(
    Changed,
    UnusableRealtimekit,
    testing::ValuesIn(changes),
    [](const auto& each) { return each.param.name; }
);

TEST(RealtimekitTimes, AreReadInEveryFormTheyAreSent)
{
    const auto time_of = [](const std::string& written) {
        const auto found =
            normalise(changed("participant_joined", "2026-03-04T14:00:02.640Z", written));
        return found ? to_rfc3339(found->events.front().occurred_at) : "none";
    };
    EXPECT_EQ(time_of("2026-03-04T14:00:02.640Z"), "2026-03-04T14:00:02.640Z");
    EXPECT_EQ(time_of("2026-03-04T14:00:02.03Z"), "2026-03-04T14:00:02.030Z");
    EXPECT_EQ(time_of("2026-03-04T14:00:02Z"), "2026-03-04T14:00:02.000Z");
    EXPECT_EQ(time_of("2026-03-04T14:00:02.640123456Z"), "2026-03-04T14:00:02.640Z");
    EXPECT_EQ(time_of("2026-03-04 14:00:02.051621Z"), "2026-03-04T14:00:02.051Z");
    EXPECT_EQ(time_of("2026-03-04T14:00:02.640Z\\\""), "2026-03-04T14:00:02.640Z");
    EXPECT_EQ(time_of("2026-03-04T15:00:02.640+01:00"), "2026-03-04T14:00:02.640Z");
    EXPECT_EQ(time_of("2026-03-04T14:00:02.640"), "none");
}

TEST(RealtimekitParticipants, HaveTheOlderIdOnlyWhereThePresentOneIsMissing)
{
    const auto user_of = [](const std::string& piece, const std::string& by) {
        const auto found = normalise(changed("participant_joined", piece, by));
        return found ? found->events.front().participant->user_id.value_or("null") : "none";
    };
    EXPECT_EQ(
        user_of(R"("customParticipantId": "emp-1001")", R"("customParticipantId": "a")"), "a"
    );
    EXPECT_EQ(user_of(R"("customParticipantId": "emp-1001",)", ""), "emp-1001");
    EXPECT_EQ(
        user_of(
            R"("customParticipantId": "emp-1001",
    "clientSpecificId": "emp-1001",)",
            ""
        ),
        "null"
    );
}

TEST(RealtimekitSigns, TellOfTheMeetingsEnd)
{
    EXPECT_EQ(normalise(webhook("meeting_ended_all_left"))->sign, tracking_sign::ended);
    EXPECT_EQ(normalise(webhook("participant_joined"))->sign, tracking_sign::seen);
}

}  // namespace
}  // namespace rollcall::test
