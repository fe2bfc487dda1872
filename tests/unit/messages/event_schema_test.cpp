#include "support/message_schema.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <filesystem>

namespace rollcall::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// The example of docs/messages/README.md: the block after its heading.
std::string documented_example()
{
    const auto text = read_file(ROLLCALL_SOURCE_DIR "/docs/messages/README.md");
    const std::string_view fence = "```json\n";
    const auto begin = text.find(fence) + fence.size();
    return text.substr(begin, text.find("```", begin) - begin);
}

std::string to_text(const rapidjson::Value& value)
{
    rapidjson::StringBuffer buffer;
    rapidjson::Writer writer{buffer};
    value.Accept(writer);
    return buffer.GetString();
}

// The example with the value at each path replaced (JSON text), or removed where it is empty.
using changes = std::vector<std::pair<std::string, std::string>>;
std::string example_with(const changes& all)
{
    rapidjson::Document message;
    message.Parse(documented_example());
    for (const auto& [path, json] : all) {
        const rapidjson::Pointer pointer{path};
        if (json.empty()) {
            pointer.Erase(message);
            continue;
        }
        rapidjson::Document value{&message.GetAllocator()};
        value.Parse(json);
        pointer.Set(message, value, message.GetAllocator());
    }
    return to_text(message);
}

const changes settled = {
    {"/kind", R"("meeting.settled")"},
    {"/participant", "null"},
    {"/via", R"("derived")"},
    {"/provider_event/id", "null"},
    {"/provider_event/type", "null"},
    {"/data", R"({"participants":3,"events":12,"recovered":0,"derived":1})"}};

changes settled_with(std::string path, std::string json)
{
    auto all = settled;
    all.emplace_back(std::move(path), std::move(json));
    return all;
}

TEST(EventSchema, TakesTheDocumentedExample)
{
    EXPECT_THAT(message_schema{}.fault(documented_example()), IsEmpty());
}

struct variant {
    std::string name;
    changes what;
    std::string at;  ///< part of the fault; empty where the variant is right
};
void PrintTo(const variant& v, std::ostream* out)
{
    *out << v.name;
}

class EventSchemaOn : public testing::TestWithParam<variant> {};
TEST_P(EventSchemaOn, AVariantOfTheExample)
{
    const auto fault = message_schema{}.fault(example_with(GetParam().what));
    if (GetParam().at.empty())
        EXPECT_THAT(fault, IsEmpty());
    else
        EXPECT_THAT(fault, HasSubstr(GetParam().at));
}

const variant variants[] = {
    {"Settled", settled, ""},
    {"DerivedLeft",
     {{"/kind", R"("participant.left")"},
      {"/via", R"("derived")"},
      {"/provider_event/id", "null"},
      {"/provider_event/type", "null"}},
     ""},
    {"MeetingStarted", {{"/kind", R"("meeting.started")"}, {"/participant", "null"}}, ""},
    {"EventWithoutAnId", {{"/provider_event/id", "null"}}, ""},
    {"ByPoll", {{"/via", R"("poll")"}}, ""},
    {"UnknownNameAndHost", {{"/participant/name", "null"}, {"/participant/is_host", "null"}}, ""},
    {"NestedMetadata", {{"/meeting/metadata", R"({"a":{"b":[1,1.0]}})"}}, ""},

    {"NoKind", {{"/kind", ""}}, "kind"},
    {"UnknownKind", {{"/kind", R"("participant.danced")"}}, "kind"},
    {"NoMeeting", {{"/meeting", ""}}, "meeting"},
    {"NoProviderEvent", {{"/provider_event", ""}}, "provider_event"},
    {"MemberTooMuch", {{"/extra", "1"}}, "extra"},
    {"MeetingWithoutAnId", {{"/meeting/id", ""}}, "meeting"},
    {"EmptyMeetingId", {{"/meeting/id", R"("")"}}, "meeting/id"},
    {"MetadataNull", {{"/meeting/metadata", "null"}}, "meeting/metadata"},
    {"TitleIsANumber", {{"/meeting/title", "7"}}, "meeting/title"},
    {"ParticipantOnMeeting", {{"/kind", R"("meeting.started")"}}, "participant"},
    {"NoParticipantOnParticipant", {{"/participant", "null"}}, "participant"},
    {"EmptyName", {{"/participant/name", R"("")"}}, "participant"},
    {"HostIsText", {{"/participant/is_host", R"("yes")"}}, "participant"},
    {"ParticipantMemberMissing", {{"/participant/email", ""}}, "participant"},
    {"TimeWithoutFraction", {{"/occurred_at", R"("2026-08-14T09:00:03Z")"}}, "occurred_at"},
    {"TimeWithOffset", {{"/occurred_at", R"("2026-08-14T09:00:03.771+02:00")"}}, "occurred_at"},
    {"TimeWithMicroseconds", {{"/received_at", R"("2026-08-14T09:00:03.771902Z")"}}, "received_at"},
    {"MonthThirteen", {{"/received_at", R"("2026-13-14T09:00:03.771Z")"}}, "received_at"},
    {"TimeIsANumber", {{"/occurred_at", "1786698003771"}}, "occurred_at"},
    {"UnknownWay", {{"/via", R"("pigeon")"}}, "via"},
    {"DerivedJoin", {{"/via", R"("derived")"}}, "kind"},
    {"WebhookWithoutItsName", {{"/provider_event/type", "null"}}, "provider_event"},
    {"DataIsAnArray", {{"/data", "[]"}}, "data"},
    {"SettledByWebhook", settled_with("/via", R"("webhook")"), "via"},
    {"SettledWithoutACount", settled_with("/data/recovered", ""), "data"},
    {"SettledWithANegativeCount", settled_with("/data/events", "-1"), "data/events"},
    {"SettledWithAFraction", settled_with("/data/derived", "0.5"), "data/derived"},
    {"SettledWithMore", settled_with("/data/extra", "1"), "data"},
};
INSTANTIATE_TEST_SUITE_P(Variants, EventSchemaOn, testing::ValuesIn(variants), [](const auto& of) {
    return of.param.name;
});

TEST(EventSchema, RefusesWhatIsNoObjectOrNoJson)
{
    const message_schema schema;
    EXPECT_THAT(schema.fault("[]"), HasSubstr("/"));
    EXPECT_THAT(schema.fault("{"), HasSubstr("not JSON"));
    EXPECT_THAT(schema.fault(""), HasSubstr("not JSON"));
}

TEST(EventSchema, TakesWhatEveryRecordedWebhookBecomes)
{
    const message_schema schema;
    std::size_t events = 0;
    const std::filesystem::path cases = ROLLCALL_SOURCE_DIR "/tests/fixtures";
    for (const auto& file : std::filesystem::recursive_directory_iterator{cases}) {
        if (!file.path().filename().string().ends_with("expected.json"))
            continue;
        rapidjson::Document expected;
        expected.Parse(read_file(file.path()));
        for (auto& event : expected["events"].GetArray()) {
            event.EraseMember("identity");  // what the value does not tell
            EXPECT_THAT(schema.fault(to_text(event)), IsEmpty()) << file.path();
            ++events;
        }
    }
    EXPECT_GT(events, 60U);
}

}  // namespace
}  // namespace rollcall::test
