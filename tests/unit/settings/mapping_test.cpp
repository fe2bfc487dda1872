#include "loading.hpp"

#include <gmock/gmock.h>

namespace rollcall {
namespace {

using test::settings_directory;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const std::string line_6 = "      secrets: [ { file: secret } ]\n";

// A source of senders without a page, and below it what the test is about. The source's own lines
// begin with line 4.
class Mapping : public testing::Test {
protected:
    settings_directory at;
    std::string webhook = line_6;
    std::string mapping =
        "    mapping:\n"
        "      kinds: { in: participant.joined, out: participant.left, else: ignored }\n"
        "      meeting: { id: /m }\n"
        "      participant: { id: /p }\n";

    Mapping()
    {
        at.checks.providers = {"attendee", "standard_webhooks"};
        at.checks.needs_mapping = [](const std::string& provider) {
            return provider == "standard_webhooks";
        };
        at.checks.may_be_unsigned = at.checks.needs_mapping;
        at.checks.query_token_fault = [](const std::string& token) {
            return token == "c2VjcmV0" ? "" : "is another";
        };
    }
    std::string yaml(const std::string& provider = "standard_webhooks") const
    {
        return "kafka: { bootstrap_servers: \"k:9092\" }\nsources:\n  one:\n    provider: " +
               provider + "\n    webhook:\n" + webhook + mapping;
    }
    source_settings source()
    {
        const auto loaded = at.load(yaml());
        EXPECT_TRUE(loaded) << to_string(loaded.error().front());
        return loaded ? loaded->sources.front() : source_settings{};
    }
};

TEST_F(Mapping, IsReadWithItsDefaults)
{
    const auto read = source();
    const auto with = read.mapping.value_or(mapping_settings{});
    mapping_settings expected;
    expected.kinds = {
        {"in", "participant.joined"}, {"out", "participant.left"}, {"else", std::nullopt}};
    expected.meeting.id = "/m";
    expected.participant.id = "/p";
    EXPECT_TRUE(with == expected);
    EXPECT_EQ(with.type, "/type");
    EXPECT_FALSE(read.webhook.cloudevents);
}

TEST_F(Mapping, IsReadWhole)
{
    webhook +=
        "      query_token: { file: secret }\n"
        "      cloudevents: { modes: [ binary, batch ], allowed_origins: [ a.example, \"*\" ], "
        "allowed_rate: 7 }\n";
    mapping =
        "    mapping:\n"
        "      type: /a~1b\n"
        "      kinds: { x.y: meeting.ended }\n"
        "      time: /t\n"
        "      identity: [ /i, /j ]\n"
        "      data: /d\n"
        "      meeting: { id: /m1, bot_id: /m2, recording_id: /m3, session_id: /m4, title: /m5, "
        "metadata: /m6 }\n"
        "      participant: { id: /p1, user_id: /p2, name: /p3, email: /p4, is_host: /p5, "
        "platform: /p6 }\n"
        "      examples: [ a.json, /b.json ]\n";
    const auto read = source();
    const auto with = read.mapping.value_or(mapping_settings{});
    mapping_settings expected;
    expected.type = "/a~1b";
    expected.kinds = {{"x.y", "meeting.ended"}};
    expected.time = "/t";
    expected.identity = {"/i", "/j"};
    expected.data = "/d";
    expected.meeting = {"/m1", "/m2", "/m3", "/m4", "/m5", "/m6"};
    expected.participant = {"/p1", "/p2", "/p3", "/p4", "/p5", "/p6"};
    expected.examples = {at.path() / "a.json", "/b.json"};
    EXPECT_TRUE(with == expected);
    EXPECT_EQ(read.webhook.query_token, "c2VjcmV0");
    EXPECT_TRUE(
        read.webhook.cloudevents.value_or(cloudevents_settings{}) ==
        (cloudevents_settings{false, true, true, {"a.example", "*"}, 7})
    );
}

TEST_F(Mapping, IsNeededByWhoHasNoPageAndByNobodyElse)
{
    const auto whole = mapping;
    mapping = "";
    EXPECT_THAT(
        at.faults(yaml()),
        ElementsAre("f.yaml:3: sources.one.mapping: is missing, should be a mapping of kinds, "
                    "meeting, participant, time and so on")
    );
    mapping = whole;
    webhook += "      cloudevents: {}\n";
    EXPECT_THAT(
        at.faults(yaml("attendee")),
        ElementsAre(
            "f.yaml:7: sources.one.webhook.cloudevents: should not stand here: what attendee sends "
            "is known",
            "f.yaml:8: sources.one.mapping: should not stand here: what attendee sends is known"
        )
    );
}

TEST_F(Mapping, NamesEveryPlaceThatIsWrong)
{
    mapping =
        "    mapping:\n"
        "      type: type\n"
        "      kinds: { in: joined, out: meeting.settled }\n"
        "      identity: [ /ok, /no~2 ]\n"
        "      meeting: { id: $.m, topic: /t }\n"
        "      participant: { name: /n }\n";
    EXPECT_THAT(
        at.faults(yaml()),
        ElementsAre(
            "f.yaml:8: sources.one.mapping.type: is `type`, should be a JSON Pointer, such as "
            "/type",
            "f.yaml:9: sources.one.mapping.kinds.in: is `joined`, should be a kind of event, such "
            "as "
            "participant.joined or meeting.ended, or ignored",
            "f.yaml:9: sources.one.mapping.kinds.out: is `meeting.settled`, should be a kind of "
            "event, such as participant.joined or meeting.ended, or ignored",
            "f.yaml:10: sources.one.mapping.identity[1]: is `/no~2`, should be a JSON Pointer, "
            "such "
            "as /data/event_id",
            "f.yaml:11: sources.one.mapping.meeting.id: is `$.m`, should be a JSON Pointer, such "
            "as "
            "/data/session_id",
            "f.yaml:11: sources.one.mapping.meeting.topic: is no setting, known here: id, bot_id, "
            "recording_id, session_id, title, metadata",
            "f.yaml:12: sources.one.mapping.participant.id: is missing, should be a JSON Pointer, "
            "such as /data/participant/id"
        )
    );
}

TEST_F(Mapping, WantsTheParticipantWhereThereAreAny)
{
    mapping =
        "    mapping:\n"
        "      kinds: { in: participant.joined, end: meeting.ended }\n"
        "      meeting: { id: /m }\n";
    EXPECT_THAT(
        at.faults(yaml()),
        ElementsAre("f.yaml:7: sources.one.mapping.participant.id: is missing, should be a JSON "
                    "Pointer, such as /data/participant/id: participant.joined is among the kinds")
    );
    mapping =
        "    mapping:\n"
        "      kinds: { end: meeting.ended }\n"
        "      meeting: { id: /m }\n";
    EXPECT_THAT(at.faults(yaml()), IsEmpty());
}

TEST_F(Mapping, OfUnsignedRequestsNeedsATokenAndAnIdentity)
{
    webhook = "      unsigned: allow\n";
    EXPECT_THAT(
        at.faults(yaml()),
        ElementsAre(
            "f.yaml:5: sources.one.webhook.query_token: is missing, should be what unsigned "
            "requests prove themselves with instead",
            "f.yaml:7: sources.one.mapping.identity: is missing, should be a list of 1 to 8 JSON "
            "Pointers, such as [/data/event_id]: an unsigned request need not have an id of its own"
        )
    );
    webhook = "      unsigned: allow\n      query_token: { file: secret }\n";
    mapping += "      identity: [ /i ]\n";
    const auto read = source();
    EXPECT_TRUE(read.webhook.unsigned_allowed);
    EXPECT_THAT(read.webhook.secrets, IsEmpty());
    EXPECT_THAT(
        at.faults(yaml("attendee")),
        testing::Contains("f.yaml:6: sources.one.webhook.unsigned: is `allow`, should be refuse: "
                          "attendee signs everything")
    );
}

TEST_F(Mapping, KeepsAWrongTokenToItself)
{
    at.variables["T"] = "hunter2";
    webhook += "      query_token: { env: T }\n";
    EXPECT_THAT(
        at.faults(yaml()),
        ElementsAre("f.yaml:7: sources.one.webhook.query_token: holds a token that is another")
    );
    webhook = line_6 + "      query_token: hunter2\n";
    EXPECT_THAT(
        at.faults(yaml()),
        ElementsAre("f.yaml:7: sources.one.webhook.query_token: is written out here, should be { "
                    "file: PATH }, { env: VARIABLE } or { credential: NAME }")
    );
}

TEST_F(Mapping, IsReachedByVariablesAndOptions)
{
    at.variables["ROLLCALL_SOURCES_ONE_MAPPING_MEETING_ID"] = "/v";
    at.options = {{"sources.one.mapping.kinds.a.b", "participant.chat"}};
    const auto read = source();
    const auto with = read.mapping.value_or(mapping_settings{});
    EXPECT_EQ(with.meeting.id, "/v");
    EXPECT_THAT(
        with.kinds, testing::Contains(Pair("a.b", std::optional<std::string>{"participant.chat"}))
    );
}

}  // namespace
}  // namespace rollcall
