#include "expected_events.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace rollcall::test {
namespace {

result<normalised, fault> normalise(std::string body, std::string region = "us-west-2")
{
    source_options options;
    options.region = std::move(region);
    return make_provider("recall", options)->normalise(arrived(std::move(body), "recall"));
}

// A recorded webhook with a piece of its text replaced.
struct changed_body {
    std::string name, file, piece, replacement, where;
    errc code = errc::missing_field;

    std::string body() const
    {
        auto text = fixture("recall/webhooks/" + file + ".json");
        const auto at = text.find(piece);
        if (at == std::string::npos)
            throw std::logic_error("nothing to replace in " + name);
        return text.replace(at, piece.size(), replacement);
    }
};
void PrintTo(const changed_body& which, std::ostream* out)
{
    *out << which.name;
}

class UnusableRecallWebhook : public testing::TestWithParam<changed_body> {};

TEST_P(UnusableRecallWebhook, NamesTheMemberAtFault)
{
    const auto found = normalise(GetParam().body());
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, GetParam().code);
    EXPECT_EQ(found.error().where, GetParam().where);
}

const changed_body unusable[] = {
    {"NoName", "webhook_join", R"("event")", R"("trigger")", "event"},
    {"NameIsNull", "webhook_join", R"("participant_events.join")", "null", "event"},
    {"NameIsNumber",
     "webhook_join",
     R"("participant_events.join")",
     "1",
     "event",
     errc::wrong_type},
    {"NoData", "webhook_join", R"("data")", R"("date")", "data"},
    {"NoRecording", "webhook_join", R"("recording": {)", R"("tape": {)", "data.recording"},
    {"RecordingWithoutId",
     "webhook_join",
     R"("id": "b3d0a6c8-52f1-4c9b-9a6e-0e3f4d7a1c55")",
     R"("id": "")",
     "data.recording.id"},
    {"RecordingIdIsNumber",
     "webhook_join",
     R"("id": "b3d0a6c8-52f1-4c9b-9a6e-0e3f4d7a1c55")",
     R"("id": 5)",
     "data.recording.id",
     errc::wrong_type},
    {"NoParticipant", "webhook_join", R"("participant")", R"("person")", "data.data.participant"},
    {"ParticipantIsText",
     "webhook_leave",
     R"("participant": {)",
     R"("participant": "x", "other": {)",
     "data.data.participant",
     errc::wrong_type},
    {"NoParticipantId", "webhook_join", R"("id": 200,)", "", "data.data.participant.id"},
    {"NullParticipantId", "webhook_join", "200", "null", "data.data.participant.id"},
    {"EmptyParticipantId", "webhook_join", "200", R"("")", "data.data.participant.id"},
    {"ParticipantIdIsName",
     "webhook_join",
     "200",
     R"("200a")",
     "data.data.participant.id",
     errc::wrong_type},
    {"ParticipantIdIsFraction",
     "webhook_join",
     "200",
     "200.5",
     "data.data.participant.id",
     errc::wrong_type},
    {"ParticipantIdBeyond64Bits",
     "webhook_join",
     "200",
     "9223372036854775808",
     "data.data.participant.id",
     errc::wrong_type},
    {"ParticipantIdIsFlag",
     "webhook_join",
     "200",
     "true",
     "data.data.participant.id",
     errc::wrong_type},
    {"NoTimestamp", "webhook_join", R"("timestamp")", R"("time")", "data.data.timestamp"},
    {"NoTimeAtAll",
     "webhook_join",
     R"("absolute": "2026-03-17T14:00:16.554243Z",
        "relative": 12.041337)",
     R"("absolute": null, "relative": null)",
     "data.data.timestamp.absolute"},
    {"TimeIsNumber",
     "webhook_join",
     R"("2026-03-17T14:00:16.554243Z")",
     "1773756016",
     "data.data.timestamp.absolute",
     errc::wrong_type},
    {"TimeIsNoTime",
     "webhook_join",
     "2026-03-17T14:00:16.554243Z",
     "at two",
     "data.data.timestamp.absolute",
     errc::bad_time},
    {"TimeWithoutZone",
     "webhook_join",
     "16.554243Z",
     "16.554243",
     "data.data.timestamp.absolute",
     errc::bad_time},
    {"TimeOfAnotherCentury",
     "webhook_join",
     "2026-03-17",
     "1026-03-17",
     "data.data.timestamp.absolute",
     errc::bad_time},
    {"RelativeTimeIsText",
     "webhook_join",
     R"("absolute": "2026-03-17T14:00:16.554243Z",
        "relative": 12.041337)",
     R"("relative": "12")",
     "data.data.timestamp.relative",
     errc::wrong_type},
    {"RelativeTimeIsAnAge",
     "webhook_join",
     R"("absolute": "2026-03-17T14:00:16.554243Z",
        "relative": 12.041337)",
     R"("relative": 1e300)",
     "data.data.timestamp.relative",
     errc::bad_time},
    {"StateWithoutData",
     "status_recording_done",
     R"("data": {
      "code")",
     R"("state": {
      "code")",
     "data.data"},
    {"StateWithoutTime",
     "status_recording_done",
     R"("updated_at")",
     R"("at")",
     "data.data.updated_at"},
    {"StateTimeIsNoTime",
     "status_recording_done",
     "2026-03-17T14:05:36.521948+00:00",
     "now",
     "data.data.updated_at",
     errc::bad_time},
    {"StateWithoutRecording",
     "status_recording_done",
     R"("recording": {)",
     R"("tape": {)",
     "data.recording"},
    {"DuplicateKey",
     "webhook_join",
     R"("id": 200,)",
     R"("id": 200, "id": 300,)",
     "byte 447",
     errc::duplicate_key},
};
INSTANTIATE_TEST_SUITE_P(
    Changed,
    UnusableRecallWebhook,
    testing::ValuesIn(unusable),
    [](const auto& each) { return each.param.name; }
);

TEST(RecallNormalise, RefusesWhatIsNoObject)
{
    for (const auto* body : {"[]", "null", "7", R"("participant_events.join")"}) {
        const auto found = normalise(body);
        ASSERT_FALSE(found) << body;
        EXPECT_EQ(found.error().code, errc::wrong_type);
    }
    EXPECT_EQ(normalise("{").error().code, errc::not_json);
}

std::string identity_of(const std::string& body, std::string region = "us-west-2")
{
    const auto found = normalise(body, std::move(region));
    if (!found || found->events.size() != 1)
        throw std::logic_error("no event in " + body);
    return found->events[0].identity;
}

std::string identity_of_changed(
    const std::string& file, const std::string& piece, const std::string& replacement
)
{
    return identity_of(changed_body{file, file, piece, replacement, "", errc::ok}.body());
}

std::string identity_of_recorded(const std::string& file)
{
    return identity_of(fixture("recall/webhooks/" + file + ".json"));
}

struct same_event {
    std::string name, file, piece, replacement;
};
void PrintTo(const same_event& which, std::ostream* out)
{
    *out << which.name;
}

class OneRecallIdentity : public testing::TestWithParam<same_event> {};

TEST_P(OneRecallIdentity, IsTheSameFor)
{
    const auto& [name, file, piece, replacement] = GetParam();
    EXPECT_EQ(identity_of_changed(file, piece, replacement), identity_of_recorded(file));
}

const same_event same_events[] = {
    {"Milliseconds", "webhook_join", "16.554243Z", "16.554Z"},
    {"Nanoseconds", "webhook_join", "16.554243Z", "16.554243999Z"},
    {"AnOffset", "webhook_join", "T14:00:16.554243Z", "T19:30:16.554243+05:30"},
    {"TheDayBefore", "webhook_join", "17T14:00:16.554243Z", "16T23:30:16.554243-14:30"},
    {"NoFraction", "webhook_screenshare_off", "14:01:39Z", "14:01:39.000000Z"},
    {"AnIdAsText", "webhook_join", "200", R"("200")"},
    {"AnotherRelativeTime", "webhook_join", "12.041337", "3.5"},
    {"AnotherName", "webhook_join", "iPhone", "Tomás"},
    {"ANewHost", "webhook_join", R"("is_host": false)", R"("is_host": true)"},
    {"AnEmailKnownLate", "webhook_join", R"("email": null)", R"("email": "t@example.com")"},
    {"ASecondEndpoint", "webhook_join", "41d8f6b9", "00000000"},
    {"AnotherBot", "webhook_join", "7c1f3a52", "00000000"},
    {"AFailedEnd", "status_recording_done", "recording.done", "recording.failed"},
    {"ALaterEnd", "status_recording_done", "14:05:36", "14:05:37"},
};
INSTANTIATE_TEST_SUITE_P(
    Same,
    OneRecallIdentity,
    testing::ValuesIn(same_events),
    [](const auto& each) { return each.param.name; }
);

class AnotherRecallIdentity : public testing::TestWithParam<same_event> {};

TEST_P(AnotherRecallIdentity, IsAnotherFor)
{
    const auto& [name, file, piece, replacement] = GetParam();
    EXPECT_NE(identity_of_changed(file, piece, replacement), identity_of_recorded(file));
}

const same_event other_events[] = {
    {"AMillisecondLater", "webhook_join", "16.554243Z", "16.555243Z"},
    {"AnotherParticipant", "webhook_join", "200", "300"},
    {"AnotherAction", "webhook_join", "events.join", "events.leave"},
    {"AnotherRecording", "webhook_join", "b3d0a6c8", "00000000"},
    {"AnotherText", "webhook_chat_message", "rollout", "roll-out"},
    {"AnotherAddressee", "webhook_chat_message", "everyone", "only_bot"},
    {"TheStart", "status_recording_done", "recording.done", "recording.processing"},
};
INSTANTIATE_TEST_SUITE_P(
    Other,
    AnotherRecallIdentity,
    testing::ValuesIn(other_events),
    [](const auto& each) { return each.param.name; }
);

TEST(RecallIdentity, BelongsToTheRegion)
{
    const auto body = fixture("recall/webhooks/webhook_join.json");
    EXPECT_NE(identity_of(body, "us-west-2"), identity_of(body, "eu-central-1"));
}

TEST(RecallIdentity, IsWeakWithoutAnAbsoluteTime)
{
    const auto at_relative = [](const std::string& relative) {
        return identity_of_changed(
            "webhook_join",
            R"("absolute": "2026-03-17T14:00:16.554243Z",
        "relative": 12.041337)",
            R"("relative": )" + relative
        );
    };
    const std::string prefix = "recall:us-west-2:b3d0a6c8-52f1-4c9b-9a6e-0e3f4d7a1c55:join:200:";
    EXPECT_EQ(at_relative("12.041337"), prefix + "relative:12041");
    EXPECT_EQ(at_relative("12.041"), prefix + "relative:12041");
    EXPECT_EQ(at_relative("-3.200426"), prefix + "relative:-3201");
    EXPECT_EQ(at_relative("0"), prefix + "relative:0");
    EXPECT_EQ(at_relative("-0.0"), prefix + "relative:0");
    EXPECT_EQ(at_relative("1.2e1"), prefix + "relative:12000");
    EXPECT_EQ(identity_of_recorded("webhook_join"), prefix + "1773756016554");
}

TEST(RecallNormalise, MarksAWeakIdentityAndTakesTheReceiptForItsTime)
{
    const auto weak = normalise(fixture("recall/cases/no_absolute_time/body.json"));
    ASSERT_TRUE(weak);
    EXPECT_EQ(weak->events.at(0).occurred_at, arrived("").received_at);
    EXPECT_NE(weak->events.at(0).data.find(R"("weak_identity":true)"), std::string::npos);
    const auto strong = normalise(fixture("recall/webhooks/webhook_join.json"));
    EXPECT_EQ(strong->events.at(0).data.find("weak_identity"), std::string::npos);
}

// Two words that only lie differently in text and addressee are two messages.
TEST(RecallIdentity, KeepsTextAndAddresseeApart)
{
    const auto said = [](const std::string& text, const std::string& to) {
        return identity_of_changed(
            "webhook_chat_message",
            R"("data": {
        "text")",
            R"("data": {"text": ")" + text + R"(", "to": ")" + to + R"("}, "x": {
        "text")"
        );
    };
    EXPECT_NE(said("ab", "c"), said("a", "bc"));
    EXPECT_EQ(said("ab", "c"), said("ab", "c"));
}

TEST(RecallNormalise, PassesOverTheMetadataOfEndpointAndArtifact)
{
    auto body = fixture("recall/webhooks/webhook_join.json");
    const std::string empty = R"("metadata": {})";
    for (auto at = body.find(empty); at != std::string::npos; at = body.find(empty))
        body.replace(at, empty.size(), R"("metadata": {"tenant": "someone else"})");
    EXPECT_EQ(
        normalise(body)->events.at(0).meeting.metadata,
        R"({"customer_id":"48213","meeting_ref":"standup-0317","tenant":"acme-eu"})"
    );
}

}  // namespace
}  // namespace rollcall::test
