#include "expected_events.hpp"
#include "support/fixtures.hpp"

#include <gtest/gtest.h>

namespace rollcall::test {
namespace {

result<normalised, fault> normalise(std::string body)
{
    return find_provider("attendee")->normalise(arrived(std::move(body)));
}

// A recorded webhook with a piece of its text replaced.
struct changed_webhook {
    std::string name, file, piece, replacement, where;
    errc code = errc::missing_field;

    std::string body() const
    {
        auto text = fixture("attendee/webhooks/" + file + ".json");
        const auto at = text.find(piece);
        if (at == std::string::npos)
            throw std::logic_error("nothing to replace in " + name);
        return text.replace(at, piece.size(), replacement);
    }
};
void PrintTo(const changed_webhook& which, std::ostream* out)
{
    *out << which.name;
}

class UnusableWebhook : public testing::TestWithParam<changed_webhook> {};

TEST_P(UnusableWebhook, NamesTheMemberAtFault)
{
    const auto found = normalise(GetParam().body());
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, GetParam().code);
    EXPECT_EQ(found.error().where, GetParam().where);
}

const changed_webhook changed_webhooks[] = {
    {"NoTrigger", "participant_join", R"("trigger")", R"("other")", "trigger"},
    {"NullTrigger", "participant_join", R"("participant_events.join_leave")", "null", "trigger"},
    {"TriggerIsNumber",
     "participant_join",
     R"("participant_events.join_leave")",
     "7",
     "trigger",
     errc::wrong_type},
    {"NoMeeting", "participant_join", R"("bot_id")", R"("robot_id")", "bot_id"},
    {"EmptyMeeting", "participant_join", R"("bot_Xk3vQ9TmZ2LrB7aE")", R"("")", "bot_id"},
    {"NullAppSession",
     "app_session_participant_join",
     R"("app_U3yT6rE9wQ2aS5dF")",
     "null",
     "bot_id"},
    {"NoData", "participant_join", R"("data")", R"("date")", "data"},
    {"DataIsArray",
     "bot_state_change_ended",
     R"("data": {)",
     R"("data": [], "date": {)",
     "data",
     errc::wrong_type},
    {"NoEventType", "participant_join", R"("event_type": "join", )", "", "data.event_type"},
    {"EventTypeIsBool",
     "participant_join",
     R"("event_type": "join")",
     R"("event_type": true)",
     "data.event_type",
     errc::wrong_type},
    {"NoId", "participant_join", R"("id": "pe_4nQxT7bLk2VdZ9aR", )", "", "data.id"},
    {"EmptyId", "participant_join", "pe_4nQxT7bLk2VdZ9aR", "", "data.id"},
    {"IdIsNumber",
     "participant_join",
     R"("pe_4nQxT7bLk2VdZ9aR")",
     "4",
     "data.id",
     errc::wrong_type},
    {"NoParticipant",
     "participant_leave",
     R"("participant_uuid": )",
     R"("participant_guid": )",
     "data.participant_uuid"},
    {"NullTime", "participant_join", "1786698004210", "null", "data.timestamp_ms"},
    {"TimeIsText",
     "participant_join",
     "1786698004210",
     R"("1786698004210")",
     "data.timestamp_ms",
     errc::wrong_type},
    {"TimeIsFraction",
     "participant_join",
     "1786698004210",
     "1786698004210.5",
     "data.timestamp_ms",
     errc::wrong_type},
    {"TimeWithExponent",
     "participant_join",
     "1786698004210",
     "17e11",
     "data.timestamp_ms",
     errc::wrong_type},
    {"TimeInSeconds",
     "participant_join",
     "1786698004210",
     "1786698004",
     "data.timestamp_ms",
     errc::bad_time},
    {"TimeInMicroseconds",
     "participant_join",
     "1786698004210",
     "1786698004210000",
     "data.timestamp_ms",
     errc::bad_time},
    {"TimeBefore1970",
     "participant_join",
     "1786698004210",
     "-1786698004210",
     "data.timestamp_ms",
     errc::bad_time},
    {"TimeBeyond64Bits",
     "participant_join",
     "1786698004210",
     "99999999999999999999",
     "data.timestamp_ms",
     errc::bad_time},
    {"LastInstantBefore2000",
     "participant_join",
     "1786698004210",
     "946684799999",
     "data.timestamp_ms",
     errc::bad_time},
    {"FirstInstantOf2100",
     "participant_join",
     "1786698004210",
     "4102444800000",
     "data.timestamp_ms",
     errc::bad_time},
    {"ChatWithoutSender", "chat_message", R"("sender_uuid": )", R"("from": )", "data.sender_uuid"},
    {"ChatWithoutId", "chat_message", R"("id": )", R"("key": )", "data.id"},
    {"ChatWithoutTime", "chat_message", R"("timestamp_ms": )", R"("ms": )", "data.timestamp_ms"},
    {"NoState", "bot_state_change_ended", R"("new_state": "ended", )", "", "data.new_state"},
    {"NoChangeTime",
     "bot_state_change_ended",
     R"("created_at")",
     R"("updated_at")",
     "data.created_at"},
    {"ChangeTimeIsNumber",
     "bot_state_change_ended",
     R"("2026-08-14T10:00:41.118200+00:00")",
     "1786698041118",
     "data.created_at",
     errc::wrong_type},
    {"ChangeTimeIsNoTime",
     "bot_state_change_ended",
     "2026-08-14T10:00:41.118200+00:00",
     "yesterday",
     "data.created_at",
     errc::bad_time},
    {"ChangeTimeWithoutZone",
     "bot_state_change_ended",
     "+00:00",
     "",
     "data.created_at",
     errc::bad_time},
    {"ChangeTimeOfYear1",
     "bot_state_change_ended",
     "2026-08-14",
     "0001-08-14",
     "data.created_at",
     errc::bad_time},
    {"DuplicateKey",
     "participant_join",
     R"("id": )",
     R"("id": "x", "id": )",
     "byte 478",
     errc::duplicate_key},
};
INSTANTIATE_TEST_SUITE_P(
    Changed,
    UnusableWebhook,
    testing::ValuesIn(changed_webhooks),
    [](const auto& each) { return each.param.name; }
);

TEST(Normalise, RefusesWhatIsNoObject)
{
    for (const auto* body : {"[]", "null", "7", R"("bot.state_change")"}) {
        const auto found = normalise(body);
        ASSERT_FALSE(found) << body;
        EXPECT_EQ(found.error().code, errc::wrong_type);
    }
    EXPECT_EQ(normalise("{").error().code, errc::not_json);
}

TEST(Normalise, TakesTheArrivalFactsFromTheRecord)
{
    auto record = arrived(fixture("attendee/webhooks/participant_join.json"));
    record.source = "another";
    record.received_at += milliseconds{1};
    record.traceparent = "00-1-2-01";
    const auto found = find_provider("attendee")->normalise(record);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->events.size(), 1u);
    EXPECT_EQ(found->events[0].source, "another");
    EXPECT_EQ(found->events[0].received_at, record.received_at);
    EXPECT_EQ(found->events[0].traceparent, "00-1-2-01");
    EXPECT_EQ(found->events[0].via, way::webhook);
}

std::string identity_of(const std::string& body)
{
    const auto found = normalise(body);
    return found && found->events.size() == 1 ? found->events[0].identity : "none";
}

TEST(Identity, IsTheSameForTwoSubscriptions)
{
    const changed_webhook second{"", "chat_message", "575564b3", "00000000", "", errc::ok};
    EXPECT_EQ(
        identity_of(second.body()), identity_of(fixture("attendee/webhooks/chat_message.json"))
    );
}

TEST(Identity, IsTheSameForEverySignOfAnEnd)
{
    EXPECT_EQ(
        identity_of(fixture("attendee/webhooks/bot_state_change_removed_by_host.json")),
        identity_of(fixture("attendee/webhooks/bot_state_change_ended.json"))
    );
}

// Deleted data are told months after the end, when the ledger has long forgotten that one.
TEST(Normalise, TakesTheDeletionOfAnEndedMeetingsDataForNoSecondEnd)
{
    std::string body = fixture("attendee/webhooks/bot_state_change_ended.json");
    const auto replace = [&body](const std::string& from, const std::string& to) {
        const auto at = body.find(from);
        ASSERT_NE(at, std::string::npos);
        body.replace(at, from.size(), to);
    };
    replace(R"("old_state": "post_processing")", R"("old_state": "ended")");
    replace(R"("new_state": "ended")", R"("new_state": "data_deleted")");
    const auto found = normalise(body);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->events.empty());
    EXPECT_EQ(found->ignored, "bot.state_change/data_deleted");
    EXPECT_EQ(found->sign, tracking_sign::none);
}

TEST(Identity, IsAnotherForAnEditedMessage)
{
    const changed_webhook edited{"", "chat_message", "second line", "2nd line", "", errc::ok};
    EXPECT_NE(
        identity_of(edited.body()), identity_of(fixture("attendee/webhooks/chat_message.json"))
    );
}

}  // namespace
}  // namespace rollcall::test
