#include "verifier/verifier.hpp"

#include "ideal_relay.hpp"
#include "verifier/partitioner.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

namespace rollcall::test {
namespace {

expectations expecting(promise mode)
{
    expectations expected;
    expected.source = "demo";
    expected.provider = "attendee";
    expected.mode = mode;
    return expected;
}

std::string listed(const std::vector<difference>& all)
{
    std::ostringstream text;
    for (const auto& each : all)
        text << each << '\n';
    return text.str();
}

class IdealIn : public testing::TestWithParam<promise> {};
TEST_P(IdealIn, HasNoDifference)
{
    const auto made = make_ideal();
    EXPECT_EQ(listed(differences(made.truth, made.found, expecting(GetParam()))), "");
    EXPECT_GT(made.found.attendance.size(), 60U);
    EXPECT_GT(made.found.activity.size(), 60U);
}
INSTANTIATE_TEST_SUITE_P(
    Modes, IdealIn, testing::Values(promise::event_time, promise::causal, promise::arrival)
);

// ---- finding records to spoil

using records = std::vector<console_record>;

console_record& first(records& in, const std::string& kind)
{
    const auto found = std::ranges::find_if(in, [&](const auto& r) {
        return r.header("ce_type") == "rollcall." + kind;
    });
    if (found == in.end())
        throw std::logic_error{"no " + kind};
    return *found;
}

console_record& first_derived(records& in)
{
    return *std::ranges::find_if(in, [](const auto& r) {
        return !r.header("rollcall-intake") && r.header("ce_type") == "rollcall.participant.left";
    });
}

/// Without the `Z`.
std::string time_of(const console_record& of)
{
    return of.header("ce_time").value_or("").substr(0, 23);
}

void replace(console_record& in, const std::string& text, const std::string& by)
{
    auto value = in.value.value_or("");
    const auto at = value.find(text);
    if (at == std::string::npos)
        throw std::logic_error{text + " is not in " + value};
    in.value = value.replace(at, text.size(), by);
}

/// Takes a record out, and closes the gap in `ce_sequence` and offsets: only the event itself is
/// missing.
void take_out(records& in, const console_record& which)
{
    const auto key = which.key;
    const auto at = static_cast<std::size_t>(&which - in.data());
    for (auto i = in.size() - 1; i > at; --i)
        if (in[i].key == key) {
            const auto before = std::find_if(
                in.rbegin() + static_cast<std::ptrdiff_t>(in.size() - i),
                in.rend(),
                [&](const auto& r) { return r.key == key; }
            );
            set_header(in[i], "ce_sequence", before->header("ce_sequence"));
        }
    in.erase(in.begin() + static_cast<std::ptrdiff_t>(at));
}

struct planted {
    std::string name;
    wrong expected;
    void (*plant)(ideal&);
};

class Planted : public testing::TestWithParam<planted> {};
TEST_P(Planted, IsSeen)
{
    auto made = make_ideal();
    GetParam().plant(made);
    auto expected = expecting(promise::event_time);
    expected.schema_fault = [](const console_record& record) -> std::string {
        return record.value.value_or("").find("\"via\"") == std::string::npos ? "no via" : "";
    };
    const auto found = differences(made.truth, made.found, expected);
    EXPECT_THAT(found, testing::Contains(testing::Field(&difference::what, GetParam().expected)))
        << listed(found);
}

const planted faults[] = {
    {"NotJson", wrong::schema, [](ideal& i) { i.found.attendance[0].value = "{"; }},
    {"NoValue", wrong::schema, [](ideal& i) { i.found.attendance[0].value.reset(); }},
    {"AgainstTheSchema",
     wrong::schema,
     [](ideal& i) { replace(i.found.activity[0], "\"via\"", "\"vio\""); }},
    {"HeaderMissing",
     wrong::header,
     [](ideal& i) { set_header(i.found.attendance[1], "ce_source", std::nullopt); }},
    {"HeaderTwice",
     wrong::header,
     [](ideal& i) { i.found.attendance[1].headers.emplace_back("ce_id", "x"); }},
    {"HeaderOfAnotherTime",
     wrong::header,
     [](ideal& i) { set_header(i.found.attendance[1], "ce_time", "2026-08-14T09:00:03.771Z"); }},
    {"IntakeOfAnotherPartition",
     wrong::header,
     [](ideal& i) { set_header(i.found.attendance[1], "rollcall-intake", "4:1"); }},
    {"IntakeOnADerivedEvent",
     wrong::header,
     [](ideal& i) { set_header(first_derived(i.found.attendance), "rollcall-intake", "3:1"); }},
    {"LateIsNotTrue",
     wrong::header,
     [](ideal& i) { set_header(i.found.attendance[1], "rollcall-late", "yes"); }},
    {"WrongKey", wrong::place, [](ideal& i) { i.found.attendance[1].key = "bot_other"; }},
    {"NoKey", wrong::place, [](ideal& i) { i.found.attendance[1].key.reset(); }},
    {"WrongTopic", wrong::place, [](ideal& i) { std::swap(i.found.attendance, i.found.activity); }},
    {"AnotherPartitionInActivity",
     wrong::place,
     [](ideal& i) {
         for (auto& r : i.found.activity) {
             r.partition = 4;
             set_header(r, "rollcall-intake", "4:1");
         }
     }},
    {"SequenceGap",
     wrong::sequence,
     [](ideal& i) { i.found.attendance.erase(i.found.attendance.begin() + 1); }},
    {"SequenceTwice",
     wrong::sequence,
     [](ideal& i) { set_header(i.found.attendance[1], "ce_sequence", "0000000001"); }},
    {"SequenceFromZero",
     wrong::sequence,
     [](ideal& i) { set_header(i.found.attendance[0], "ce_sequence", "0000000000"); }},
    {"JoinLost",
     wrong::lost,
     [](ideal& i) {
         take_out(i.found.attendance, first(i.found.attendance, "participant.joined"));
     }},
    {"ChatLost",
     wrong::lost,
     [](ideal& i) { take_out(i.found.activity, first(i.found.activity, "participant.chat")); }},
    {"StartLost",
     wrong::lost,
     [](ideal& i) { take_out(i.found.attendance, first(i.found.attendance, "meeting.started")); }},
    {"LastRecordLost", wrong::lost, [](ideal& i) { i.found.activity.pop_back(); }},
    {"SameRecordTwice",
     wrong::doubled,
     [](ideal& i) { i.found.activity.push_back(i.found.activity.back()); }},
    {"SameEventUnderAnotherId",
     wrong::doubled,
     [](ideal& i) {
         auto again = first(i.found.activity, "participant.chat");
         set_header(again, "ce_id", std::string(32, 'f'));
         i.found.activity.push_back(again);
     }},
    {"TwoStarts",
     wrong::doubled,
     [](ideal& i) {
         auto again = first(i.found.attendance, "meeting.started");
         set_header(again, "ce_id", std::string(32, 'f'));
         i.found.attendance.push_back(again);
     }},
    {"NeverSent",
     wrong::unknown,
     [](ideal& i) { replace(first(i.found.attendance, "participant.joined"), "\"pe_", "\"pf_"); }},
    {"LostOnPurposeAndThereAllTheSame",
     wrong::unknown,
     [](ideal& i) {
         for (auto& e : i.truth.events)
             if (e.kind == "participant.left") {
                 e.lost = true;
                 e.deliveries.clear();
                 return;
             }
     }},
    {"AnotherName",
     wrong::value,
     [](ideal& i) {
         replace(first(i.found.attendance, "participant.joined"), "\"name\":\"", "\"name\":\"x");
     }},
    {"AnotherHost",
     wrong::value,
     [](ideal& i) {
         replace(
             first(i.found.attendance, "participant.joined"), "\"is_host\":", "\"is_host\":1,\"x\":"
         );
     }},
    {"AnotherTime",
     wrong::value,
     [](ideal& i) {
         auto& r = first(i.found.activity, "participant.speech_started");
         replace(r, time_of(r), "2026-08-14T08:00:00.000");
     }},
    {"StartAtATimeOfNoSign",
     wrong::value,
     [](ideal& i) {
         auto& r = first(i.found.attendance, "meeting.started");
         replace(r, time_of(r), "2026-08-14T08:00:00.000");
     }},
    {"AnotherText",
     wrong::unknown,
     [](ideal& i) {
         replace(first(i.found.activity, "participant.chat"), "\"text\":\"", "\"text\":\"x");
     }},
    {"AnotherMetadata",
     wrong::value,
     [](ideal& i) {
         replace(
             first(i.found.attendance, "meeting.started"),
             "\"metadata\":{",
             "\"metadata\":{\"x\":1,"
         );
     }},
    {"AnotherWay",
     wrong::value,
     [](ideal& i) {
         replace(
             first(i.found.attendance, "participant.joined"),
             "\"via\":\"webhook\"",
             "\"via\":\"poll\""
         );
     }},
    {"AnotherSource",
     wrong::value,
     [](ideal& i) {
         replace(i.found.attendance[1], "\"source\":\"demo\"", "\"source\":\"prod\"");
     }},
    {"ParticipantOnAMeetingsEvent",
     wrong::value,
     [](ideal& i) {
         replace(
             first(i.found.attendance, "meeting.started"),
             "\"participant\":null",
             "\"participant\":{\"id\":\"x\"}"
         );
     }},
    {"OutOfOrder",
     wrong::order,
     [](ideal& i) {
         auto& a = i.found.attendance[1];
         auto& b = i.found.attendance[4];
         std::swap(a.value, b.value);
         std::swap(a.headers, b.headers);
         const auto sequence = a.header("ce_sequence");
         set_header(a, "ce_sequence", b.header("ce_sequence"));
         set_header(b, "ce_sequence", sequence);
     }},
    {"LateThoughNothingMayBe",
     wrong::order,
     [](ideal& i) { set_header(i.found.attendance[2], "rollcall-late", "true"); }},
    {"MarkedLateAndIsNot",
     wrong::late_mark,
     [](ideal& i) { set_header(i.found.attendance[2], "rollcall-late", "true"); }},
    {"AfterTheSettlingAndNotMarked",
     wrong::late_mark,
     [](ideal& i) {
         auto& r = first(i.found.activity, "participant.chat");
         r.timestamp_ms = 1'000'000;
     }},
    {"DerivedLeaveMissing",
     wrong::derived,
     [](ideal& i) { take_out(i.found.attendance, first_derived(i.found.attendance)); }},
    {"DerivedLeaveOfSomebodyElse",
     wrong::derived,
     [](ideal& i) {
         auto& r = first_derived(i.found.attendance);
         replace(r, "\"participant\":{\"id\":\"", "\"participant\":{\"id\":\"x");
     }},
    {"DerivedLeaveAtAnotherTime",
     wrong::derived,
     [](ideal& i) {
         auto& r = first_derived(i.found.attendance);
         replace(r, time_of(r), "2026-08-14T08:00:00.000");
     }},
    {"NotSettled",
     wrong::settlement,
     [](ideal& i) { take_out(i.found.attendance, first(i.found.attendance, "meeting.settled")); }},
    {"SettledTwice",
     wrong::settlement,
     [](ideal& i) { i.found.attendance.push_back(i.found.attendance.back()); }},
    {"SettledWithoutAnEnd",
     wrong::settlement,
     [](ideal& i) { take_out(i.found.attendance, first(i.found.attendance, "meeting.ended")); }},
    {"WrongCount",
     wrong::settlement,
     [](ideal& i) {
         replace(first(i.found.attendance, "meeting.settled"), "\"events\":", "\"events\":1");
     }},
    {"WrongRecovered",
     wrong::settlement,
     [](ideal& i) {
         replace(first(i.found.attendance, "meeting.settled"), "\"recovered\":", "\"recovered\":1");
     }},
};
std::string name_of(const testing::TestParamInfo<planted>& info)
{
    return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Faults, Planted, testing::ValuesIn(faults), name_of);

TEST(JavaPartitioner, PutsKeysWhereJavaDoes)
{
    // From Kafka's own UtilsTest.testMurmur2, taken modulo a million.
    const std::pair<const char*, std::int32_t> hashes[] = {
        {"21", -973932308},
        {"foobar", -790332482},
        {"a-little-bit-long-string", -985981536},
        {"a-little-bit-longer-string", -1486304829},
        {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
        {"abc", 479470107},
    };
    for (const auto& [key, hash] : hashes)
        EXPECT_EQ(java_partition(key, 1'000'000), (hash & 0x7fffffff) % 1'000'000) << key;
}

TEST(Verifier, SeesAMeetingThatIsNotWhereJavaWouldPutIt)
{
    const auto made = make_ideal();
    auto expected = expecting(promise::event_time);
    expected.partitions = 1'000;
    EXPECT_THAT(
        differences(made.truth, made.found, expected),
        testing::Contains(testing::Field(&difference::what, wrong::place))
    );
}

TEST(Verifier, LetsAnUnacknowledgedEventBeThereOrNot)
{
    auto made = make_ideal();
    auto& left = first(made.found.activity, "participant.chat");
    for (auto& event : made.truth.events)
        if (event.kind == "participant.chat")
            for (auto& each : event.deliveries)
                each.acknowledged = false;
    EXPECT_EQ(listed(differences(made.truth, made.found, expecting(promise::event_time))), "");
    take_out(made.found.activity, left);
    const auto found = differences(made.truth, made.found, expecting(promise::event_time));
    EXPECT_THAT(found, testing::Each(testing::Field(&difference::what, wrong::settlement)))
        << listed(found);
}

TEST(Verifier, WaitsForNoSettlingWhereItIsTold)
{
    auto made = make_ideal();
    std::erase_if(made.found.attendance, [](const auto& r) {
        return !r.header("rollcall-intake");
    });
    auto expected = expecting(promise::event_time);
    expected.settled = false;
    EXPECT_EQ(listed(differences(made.truth, made.found, expected)), "");
}

/// Moves the first leave of somebody before the joining it ends, with the numbers of its new place.
void leave_before_joining(records& in)
{
    const auto& left = first(in, "participant.left");
    const auto subject = left.header("ce_subject");
    const auto to = std::ranges::find_if(in, [&](const auto& r) {
        return r.key == left.key && r.header("ce_subject") == subject;
    });
    const auto from = in.begin() + (&left - in.data());
    std::vector<std::string> sequences;
    std::vector<std::int64_t> offsets;
    for (auto r = to; r <= from; ++r) {
        sequences.push_back(r->header("ce_sequence").value_or(""));
        offsets.push_back(r->offset);
    }
    std::rotate(to, from, from + 1);
    for (auto r = to; r <= from; ++r) {
        set_header(*r, "ce_sequence", sequences[static_cast<std::size_t>(r - to)]);
        r->offset = offsets[static_cast<std::size_t>(r - to)];
    }
}

TEST(VerifierInCausalMode, SeesALeaveBeforeItsJoining)
{
    auto made = make_ideal();
    leave_before_joining(made.found.attendance);
    auto expected = expecting(promise::causal);
    expected.late_allowed = true;
    expected.hold = std::chrono::hours{1};
    EXPECT_THAT(
        differences(made.truth, made.found, expected),
        testing::Contains(testing::Field(&difference::what, wrong::order))
    );
}

TEST(VerifierInCausalMode, AllowsItOnceTheHoldHasRunOut)
{
    auto made = make_ideal();
    leave_before_joining(made.found.attendance);
    for (auto& each : made.found.attendance)  // every joining came an eternity later
        if (each.header("ce_type") == "rollcall.participant.joined")
            replace(each, "\"received_at\":\"2026", "\"received_at\":\"2036");
    auto expected = expecting(promise::causal);
    expected.late_allowed = true;
    EXPECT_THAT(
        differences(made.truth, made.found, expected),
        testing::Not(testing::Contains(testing::Field(&difference::what, wrong::order)))
    );
}

TEST(VerifierInArrivalMode, SeesWhatWasNotPublishedAsItArrived)
{
    auto made = make_ideal();
    set_header(made.found.attendance[3], "rollcall-intake", "3:0");
    auto expected = expecting(promise::arrival);
    expected.late_allowed = true;
    EXPECT_THAT(
        differences(made.truth, made.found, expected),
        testing::Contains(testing::Field(&difference::what, wrong::order))
    );
}

// ---- what the API tells, too

/// One event whose webhook is lost, and its message, which came by a poll.
class Polled : public testing::Test {
protected:
    Polled()
    {
        expected.polled = true;
        event.lost = true;
        event.deliveries.clear();
        replace(message, R"("via":"webhook")", R"("via":"poll")");
        const auto settled = std::ranges::find_if(made.found.attendance, [&](const auto& each) {
            return each.key == message.key && each.header("ce_type") == "rollcall.meeting.settled";
        });
        replace(*settled, R"("recovered":0)", R"("recovered":1)");
    }

    simulator::truth::event& event_of(const console_record& of)
    {
        return *std::ranges::find_if(made.truth.events, [&](const auto& each) {
            return each.provider_id && of.value->find(*each.provider_id) != std::string::npos;
        });
    }

    std::vector<wrong> kinds() const
    {
        std::vector<wrong> all;
        for (const auto& each : differences(made.truth, made.found, expected))
            all.push_back(each.what);
        return all;
    }

    ideal made = make_ideal();
    console_record& message = first(made.found.activity, "participant.speech_started");
    simulator::truth::event& event = event_of(message);
    expectations expected = expecting(promise::event_time);
};

TEST_F(Polled, WhatNoWebhookToldIsThereAllTheSame)
{
    EXPECT_EQ(listed(differences(made.truth, made.found, expected)), "");
}

TEST_F(Polled, IsUnknownWhereNobodyPolls)
{
    expected.polled = false;
    EXPECT_THAT(kinds(), testing::Contains(wrong::unknown));
}

TEST_F(Polled, WhatWasLostCannotHaveComeByAWebhook)
{
    replace(message, R"("via":"poll")", R"("via":"webhook")");
    EXPECT_THAT(kinds(), testing::Contains(wrong::value));
}

TEST_F(Polled, MayKnowNoMetadataButNoOtherThanTheTrue)
{
    auto& value = *message.value;
    const auto begin = value.find(R"("metadata":)") + 11;
    value.replace(begin, value.find('}', begin) + 1 - begin, "{}");
    EXPECT_EQ(listed(differences(made.truth, made.found, expected)), "");
    value.replace(begin, 2, R"({"room":"another"})");
    EXPECT_THAT(kinds(), testing::ElementsAre(wrong::value));
}

TEST_F(Polled, MissesWhatIsToldForGoodAndNothingElse)
{
    take_out(made.found.activity, message);
    EXPECT_THAT(kinds(), testing::Contains(wrong::lost));
    event.lasting = false;
    EXPECT_THAT(kinds(), testing::Not(testing::Contains(wrong::lost)));
}

}  // namespace
}  // namespace rollcall::test
