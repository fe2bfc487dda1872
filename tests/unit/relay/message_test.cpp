#include "relay/message.hpp"

#include "relay/message_reading.hpp"
#include "story.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

publication sample()
{
    auto e = make_event(
        kind::participant_joined,
        "bot_weIAju4OXNZkDTpZ",
        "16778240",
        day_one + 3771ms,
        "pe_8Jx2kQz91LmN"
    );
    e.received_at = day_one + 4002ms;
    e.participant->name = "Zo\xc3\xab \"quoted\" {brace}";
    e.provider_event_id = "pe_8Jx2kQz91LmN";
    e.provider_event_type = "participant_events.join_leave";
    e.meeting.metadata = R"({"a":[1.0,1e-05,"}"],"participant":{"x":1}})";
    e.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    return {
        .what = e,
        .id = make_event_id(e.source, e.identity),
        .sequence = 7,
        .late = true,
        .published_at = day_one + 5s,
        .intake_offset = 42};
}

TEST(Message, CarriesTheHeadersOfTheDesign)
{
    const auto p = sample();
    const auto m = encode(p, 3);
    EXPECT_EQ(m.key, "bot_weIAju4OXNZkDTpZ");
    const headers expected{
        {"ce_specversion", "1.0"},
        {"ce_id", to_hex(p.id)},
        {"ce_source", "urn:rollcall:attendee:attendee-prod"},
        {"ce_type", "rollcall.participant.joined"},
        {"ce_subject", "16778240"},
        {"ce_time", "2026-08-14T09:00:03.771Z"},
        {"ce_recordedtime", "2026-08-14T09:00:04.002Z"},
        {"ce_sequence", "0000000007"},
        {"content-type", "application/json"},
        {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
        {"rollcall-via", "webhook"},
        {"rollcall-late", "true"},
        {"rollcall-intake", "3:42"}};
    EXPECT_EQ(m.with, expected);
}

TEST(Message, HasTheValueOfTheDesign)
{
    EXPECT_EQ(
        encode(sample(), 3).value,
        "{\"source\":\"attendee-prod\",\"provider\":\"attendee\",\"kind\":\"participant.joined\","
        "\"meeting\":{\"id\":\"bot_weIAju4OXNZkDTpZ\",\"bot_id\":\"bot_weIAju4OXNZkDTpZ\","
        "\"recording_id\":null,"
        "\"session_id\":null,\"title\":null,\"metadata\":{\"a\":[1.0,1e-05,\"}\"],\"participant\":{"
        "\"x\":1}}},"
        "\"participant\":{\"id\":\"16778240\",\"user_id\":null,\"name\":\"Zo\xc3\xab "
        "\\\"quoted\\\" {brace}\","
        "\"email\":null,\"is_host\":false,\"platform\":null},"
        "\"occurred_at\":\"2026-08-14T09:00:03.771Z\",\"received_at\":\"2026-08-14T09:00:04.002Z\","
        "\"via\":\"webhook\",\"provider_event\":{\"id\":\"pe_8Jx2kQz91LmN\","
        "\"type\":\"participant_events.join_leave\"},\"data\":{}}"
    );
}

TEST(Message, RecordedTimeIsTheLaterOfTheTwoClocks)
{
    auto p = sample();
    p.what.received_at = day_one;
    const auto m = encode(p, 0);
    EXPECT_EQ(find_header(m.with, "ce_recordedtime"), "2026-08-14T09:00:03.771Z");
}

TEST(Message, ADerivedEventHasATraceOfItsOwnAndNoIntakeRecord)
{
    auto p = sample();
    p.late = false;
    p.intake_offset.reset();
    p.what.traceparent.clear();
    const auto m = encode(p, 0);
    EXPECT_EQ(find_header(m.with, "traceparent").size(), 55U);
    EXPECT_EQ(find_header(m.with, "rollcall-late"), "");
    EXPECT_EQ(find_header(m.with, "rollcall-intake"), "");
}

TEST(Message, FactsAreReadBackAsTheyWereWritten)
{
    const auto p = sample();
    const auto meeting = read_meeting(meeting_json(p.what.meeting));
    ASSERT_TRUE(meeting);
    EXPECT_EQ(meeting_json(*meeting), meeting_json(p.what.meeting));
    const auto participant = read_participant(participant_json(p.what.participant));
    ASSERT_TRUE(participant);
    EXPECT_EQ(participant_json(*participant), participant_json(p.what.participant));
}

struct foreign {
    const char* name;
    void (*spoil)(message_parts&);
    const char* header;
};
void PrintTo(const foreign& f, std::ostream* out)
{
    *out << f.name;
}
class ReadingBack : public testing::TestWithParam<foreign> {};

TEST_P(ReadingBack, NamesTheHeaderThatIsNotOurs)
{
    const auto m = encode(sample(), 3);
    const std::string id{find_header(m.with, "ce_id")};
    message_parts parts{
        .key = m.key,
        .value = m.value,
        .id = id,
        .source = "urn:rollcall:attendee:attendee-prod",
        .type = "rollcall.participant.joined",
        .subject = "16778240",
        .time = "2026-08-14T09:00:03.771Z",
        .sequence = "0000000007",
        .via = "webhook",
        .intake = "3:42"};
    const auto back = rollcall::read(parts);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->intake_offset, 42);
    EXPECT_EQ(back->entry.facts, participant_json(sample().what.participant));
    GetParam().spoil(parts);
    const auto again = rollcall::read(parts);
    ASSERT_TRUE(again.has_error());
    EXPECT_EQ(again.error().where, GetParam().header);
}

const foreign spoilt[] = {
    {"Id", [](message_parts& p) { p.id = "xyz"; }, "ce_id"},
    {"Source", [](message_parts& p) { p.source = "urn:other"; }, "ce_source"},
    {"Type", [](message_parts& p) { p.type = "rollcall.participant.danced"; }, "ce_type"},
    {"Time", [](message_parts& p) { p.time = "yesterday"; }, "ce_time"},
    {"Sequence", [](message_parts& p) { p.sequence = "7x"; }, "ce_sequence"},
    {"Via", [](message_parts& p) { p.via = ""; }, "rollcall-via"},
    {"Intake", [](message_parts& p) { p.intake = "3:x"; }, "rollcall-intake"},
    {"Value", [](message_parts& p) { p.value = "{}"; }, "value.participant"}};
INSTANTIATE_TEST_SUITE_P(Spoilt, ReadingBack, testing::ValuesIn(spoilt), [](const auto& test) {
    return std::string{test.param.name};
});

}  // namespace
}  // namespace rollcall::test
