#include "core/event.hpp"
#include "relay/message.hpp"
#include "support/message_schema.hpp"

#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <string>

namespace rollcall::test {
namespace {

using testing::IsEmpty;

publication joined(const std::string& name)
{
    publication p;
    p.what.source = "attendee-prod";
    p.what.provider = "attendee";
    p.what.kind = kind::participant_joined;
    p.what.meeting.id = "bot_1";
    p.what.participant.emplace().id = "7";
    p.what.participant->name = name;
    p.what.provider_event_type = "participant_events.join_leave";
    p.sequence = 1;
    return p;
}

// A name of the given length with one character in it, at each place in turn: what is written
// sixteen bytes at a time and what is written singly both come up.
class EncodedText : public testing::TestWithParam<int> {};
TEST_P(EncodedText, IsValidAndReadsBackUnchanged)
{
    const message_schema schema;
    for (std::size_t place = 0; place < 40; place += 3) {
        std::string name(40, 'a');
        name[place] = static_cast<char>(GetParam());
        const auto value = encode(joined(name), 0).value;
        ASSERT_THAT(schema.fault(value), IsEmpty());
        for (const char byte : value)
            ASSERT_GE(static_cast<unsigned char>(byte), 0x20) << "unescaped, at place " << place;
        rapidjson::Document read;
        read.Parse<rapidjson::kParseIterativeFlag>(value.data(), value.size());
        ASSERT_EQ(read["participant"]["name"].GetString(), name);
    }
}
INSTANTIATE_TEST_SUITE_P(ControlCharacters, EncodedText, testing::Range(1, 0x20));
INSTANTIATE_TEST_SUITE_P(Others, EncodedText, testing::Values('"', '\\', '/', 0x7f));

}  // namespace
}  // namespace rollcall::test
