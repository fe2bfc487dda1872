#include "settings/load.hpp"

#include "loading.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <ostream>

namespace rollcall {
namespace {

using test::minimal;
using test::settings_directory;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

TEST(LoadSettings, ReadsWhatIsThereAndKeepsTheDefaults)
{
    settings_directory at;
    const auto loaded = at.load(minimal);
    ASSERT_TRUE(loaded) << to_string(loaded.error().front());
    settings expected;
    expected.kafka.bootstrap_servers = "k:9092";
    expected.sources = {{"one", "attendee", {{"c2VjcmV0"}}}};
    char host[256] = {};
    ASSERT_EQ(gethostname(host, sizeof host - 1), 0);
    expected.instance = host + std::string{"-8080"};
    EXPECT_EQ(*loaded, expected);
}

TEST(LoadSettings, ReadsEverySetting)
{
    settings_directory at;
    at.variables["S"] = "s";
    const auto loaded = at.load(R"(
kafka:
  bootstrap_servers: a:1, b:2
  properties: { security.protocol: PLAINTEXT, socket.keepalive.enable: true, socket.timeout.ms: 7000, sasl.password: { file: secret } }
  topics: { prefix: p., partitions: 3, replication_factor: 2, retention: { intake: 1d, published: 6d, deadletter: 2d } }
  session_timeout: 20s
  transaction_timeout: 30s
listen: [ { address: "127.0.0.1:1" }, { address: "[::1]:2" } ]
limits: { header_bytes: 2KiB, body_bytes: 2MiB, connections: 5, handshake_time: 4s, header_time: 1s, body_time: 2s, idle_time: 3s }
ops: { address: "127.0.0.1:3" }
instance: i-1
order: { mode: causal, hold: 1s, settle_after: 2m }
dedupe: { window: 5d, gathered: 500 }
intake: { timeout: 3s }
spool: { directory: /srv/spool, max_bytes: 2MiB }
shutdown: { timeout: 0s }
log: { format: json, level: debug }
sources:
  b: { provider: recall, region: eu, webhook: { secrets: [ { file: secret }, { env: S } ], tolerance: 1m, header_prefixes: [ svix-, my- ] } }
  a:
    provider: attendee
    webhook: { secrets: [ { file: secret } ] }
    poll: { base_url: "HTTPS://A.example:443/b/", api_key: { env: S }, interval: 1s, discovery_interval: 2s,
            overlap: 30s, late_sweep: 4s, requests_a_minute: 5, concurrency: 6, connect_timeout: 7s,
            answer_timeout: 8s, body_bytes: 1MiB,
            downloads: { hosts: [ "*.f.example", "http://127.0.0.1:9" ], max_bytes: 1MiB, timeout: 9s, at_once: 3,
                         match_window: 2s, match_distance: 3s, match_wait: 4s,
                         elements: 4, element_bytes: 2KiB, depth: 5 },
            speaker_timeline: use, marks: { state: "settled {events}" } }
)");
    ASSERT_TRUE(loaded) << to_string(loaded.error().front());
    settings expected;
    expected.kafka = {
        .bootstrap_servers = "a:1, b:2",
        .properties =
            {{"security.protocol", "PLAINTEXT"},
             {"socket.keepalive.enable", "true"},
             {"socket.timeout.ms", "7000"},
             {"sasl.password", "c2VjcmV0"}},
        .topic_prefix = "p.",
        .partitions = 3,
        .replication_factor = 2,
        .retention =
            {.intake = std::chrono::hours{24},
             .published = std::chrono::hours{144},
             .deadletter = std::chrono::hours{48}},
        .session_timeout = milliseconds{20'000},
        .transaction_timeout = milliseconds{30'000},
    };
    expected.listen = {{"127.0.0.1:1"}, {"[::1]:2"}};
    expected.limits = {
        .header_bytes = 2048,
        .body_bytes = 2 << 20,
        .connections = 5,
        .handshake_time = milliseconds{4'000},
        .header_time = milliseconds{1'000},
        .body_time = milliseconds{2'000},
        .idle_time = milliseconds{3'000},
    };
    expected.ops_address = "127.0.0.1:3";
    expected.instance = "i-1";
    expected.order = {order_mode::causal, milliseconds{1'000}, milliseconds{120'000}};
    expected.dedupe_window = std::chrono::hours{120};
    expected.dedupe_gathered = 500;
    expected.intake_timeout = milliseconds{3'000};
    expected.spool = {"/srv/spool", 2 << 20};
    expected.shutdown_timeout = milliseconds{0};
    expected.format = log_format::json;
    expected.level = log_level::debug;
    const poll_settings poll{
        .base_url = "https://a.example/b",
        .api_key = "s",
        .ca_file = "",
        .interval = milliseconds{1'000},
        .discovery_interval = milliseconds{2'000},
        .overlap = milliseconds{30'000},
        .late_sweep = milliseconds{4'000},
        .requests_a_minute = 5,
        .concurrency = 6,
        .connect_timeout = milliseconds{7'000},
        .answer_timeout = milliseconds{8'000},
        .body_bytes = 1 << 20,
        .downloads =
            {.hosts =
                 {*parse_allowed_host("*.f.example"), *parse_allowed_host("http://127.0.0.1:9")},
             .max_bytes = 1 << 20,
             .timeout = milliseconds{9'000},
             .at_once = 3,
             .match_window = milliseconds{2'000},
             .match_distance = milliseconds{3'000},
             .match_wait = milliseconds{4'000},
             .elements = 4,
             .element_bytes = 2048,
             .depth = 5},
        .speaker_timeline = true,
        .marks = {{"state", "settled {events}"}},
    };
    expected.sources = {
        {"b", "recall", {{"c2VjcmV0", "s"}, milliseconds{60'000}, {"svix-", "my-"}}, {}, "eu"},
        {"a", "attendee", {{"c2VjcmV0"}}, poll}};
    EXPECT_EQ(*loaded, expected);
}

TEST(LoadSettings, KeepsTheSpoolWhereSystemdWantsStateUnlessToldOtherwise)
{
    settings_directory at;
    EXPECT_EQ(at.load(minimal)->spool.directory, "/var/lib/rollcall");
    at.variables["STATE_DIRECTORY"] = "/var/lib/a:/var/lib/b";
    EXPECT_EQ(at.load(minimal)->spool.directory, "/var/lib/a");
    EXPECT_EQ(
        at.load(minimal + "spool: { directory: /srv/spool }\n")->spool.directory, "/srv/spool"
    );
}

TEST(LoadSettings, NamesTheInstanceAfterHostAndFirstPort)
{
    settings_directory at;
    EXPECT_THAT(
        at.load(minimal + "listen: [ { address: \"0.0.0.0:81\" } ]\n")->instance,
        testing::EndsWith("-81")
    );
    EXPECT_EQ(
        at.load(minimal + "instance: x-1\nlisten: [ { address: \"0.0.0.0:0\" } ]\n")->instance,
        "x-1"
    );
}

struct faulty {
    std::string name;
    std::string yaml;
    std::string line;
};

/// `minimal` with more behind it, from line 7.
std::string more(const std::string& yaml)
{
    return minimal + yaml;
}
std::string secret_item(const std::string& item)
{
    return minimal.substr(0, minimal.find('[')) + "[ " + item + " ]\n";
}

void PrintTo(const faulty& one, std::ostream* out)
{
    *out << one.name;
}
class Faults : public testing::TestWithParam<faulty> {};
TEST_P(Faults, SayWhereWhatAndWhatWouldBeRight)
{
    settings_directory at;
    EXPECT_THAT(at.faults(GetParam().yaml), ElementsAre(GetParam().line));
}

const faulty table[] = {
    {"UnknownKeyNearOne",
     more("order: { hodl: 2s }\n"),
     "f.yaml:7: order.hodl: is no setting, nearest is `hold`"},
    {"UnknownKeyFarFromAll",
     more("order: { certificate: x }\n"),
     "f.yaml:7: order.certificate: is no setting, known here: mode, hold, settle_after"},
    {"KeyThatComesLater",
     more("listen:\n  - address: \"127.0.0.1:1\"\n    proxy_protocol: true\n"),
     "f.yaml:9: listen[0].proxy_protocol: is no setting, known here: address, tls"},
    {"UnknownSection", more("ordr: {}\n"), "f.yaml:7: ordr: is no setting, nearest is `order`"},
    {"RequiredKeyMisspelt",
     "kafka: { bootstrap_server: \"k:1\" }\n" + minimal.substr(minimal.find("sources")),
     "f.yaml:1: kafka.bootstrap_server: is no setting, nearest is `bootstrap_servers`"},
    {"RequiredKeyMissing",
     "kafka: {}\n" + minimal.substr(minimal.find("sources")),
     "f.yaml:1: kafka.bootstrap_servers: is missing, should be hosts and ports separated by "
     "commas, such as "
     "kafka-1:9092,kafka-2:9092"},
    {"RequiredSectionMissing",
     "kafka: { bootstrap_servers: \"k:1\" }\n",
     "f.yaml:1: sources: is missing, should map at least one name (lower-case letters, digits and "
     "hyphens, at most 64 "
     "characters) to a source"},
    {"NoSource",
     "kafka: { bootstrap_servers: \"k:1\" }\nsources: {}\n",
     "f.yaml:2: sources: has no member, should map at least one name (lower-case letters, digits "
     "and hyphens, at most 64 "
     "characters) to a source"},
    {"SourceName",
     "kafka: { bootstrap_servers: \"k:1\" }\nsources:\n  Attendee: { provider: attendee }\n",
     "f.yaml:3: sources.Attendee: is no name, should map at least one name (lower-case letters, "
     "digits and hyphens, at "
     "most 64 characters) to a source"},
    {"SectionIsScalar",
     more("order: 5\n"),
     "f.yaml:7: order: is `5`, should be a mapping of mode, hold and settle_after"},
    {"SectionIsEmpty",
     more("order:\n"),
     "f.yaml:7: order: is empty, should be a mapping of mode, hold and settle_after"},
    {"ScalarIsList",
     more("order: { hold: [ 2s ] }\n"),
     "f.yaml:7: order.hold: is a list, should be a duration from 0s to 5m, such as 2s or 500ms"},
    {"ScalarIsMapping",
     more("instance: { name: x }\n"),
     "f.yaml:7: instance: is a mapping, should be a name of 1 to 128 letters, digits, dots, "
     "underscores or hyphens"},
    {"ListIsMapping",
     more("listen: { address: \"127.0.0.1:1\" }\n"),
     "f.yaml:7: listen: is a mapping, should be a list of 1 to 64 addresses, such as [ { address: "
     "\"0.0.0.0:8080\" } ]"},
    {"ListIsEmpty",
     more("listen: []\n"),
     "f.yaml:7: listen: has no item, should be a list of 1 to 64 addresses, such as [ { address: "
     "\"0.0.0.0:8080\" } ]"},
    {"DurationWithoutUnit",
     more("order:\n  hold: 2\n"),
     "f.yaml:8: order.hold: is `2`, should be a duration from 0s to 5m, such as 2s or 500ms"},
    {"DurationOfUnknownUnit",
     more("order: { hold: 2sec }\n"),
     "f.yaml:7: order.hold: is `2sec`, should be a duration from 0s to 5m, such as 2s or 500ms"},
    {"DurationTooLong",
     more("order: { hold: 5m1s }\n"),
     "f.yaml:7: order.hold: is `5m1s`, should be a duration from 0s to 5m, such as 2s or 500ms"},
    {"WindowTooShort",
     more("dedupe: { window: 75h }\n"),
     "f.yaml:7: dedupe.window: is `75h`, should be a duration from 76h to 45d, such as 80h or 5d"},
    {"PublishedNotKeptForTheWindow",
     "kafka: { bootstrap_servers: a:1, topics: { retention: { published: 79h } } }\n" +
         minimal.substr(minimal.find("sources")),
     "f.yaml:1: kafka.topics.retention.published: is 79h, should be at least dedupe.window, 80h"},
    {"SizeWithoutUnit",
     more("limits: { body_bytes: 1048576 }\n"),
     "f.yaml:7: limits.body_bytes: is `1048576`, should be a size from 1KiB to 16MiB, such as "
     "1MiB"},
    {"SizeTooLarge",
     more("limits: { body_bytes: 17MiB }\n"),
     "f.yaml:7: limits.body_bytes: is `17MiB`, should be a size from 1KiB to 16MiB, such as 1MiB"},
    {"NumberIsText",
     more("limits: { connections: many }\n"),
     "f.yaml:7: limits.connections: is `many`, should be a whole number from 1 to 1000000"},
    {"NumberIsQuoted",
     more("limits: { connections: \"5\" }\n"),
     "f.yaml:7: limits.connections: is `5`, should be a whole number from 1 to 1000000"},
    {"NumberIsNotWhole",
     more("limits: { connections: 1.5 }\n"),
     "f.yaml:7: limits.connections: is `1.5`, should be a whole number from 1 to 1000000"},
    {"NumberTooSmall",
     more("limits: { connections: 0 }\n"),
     "f.yaml:7: limits.connections: is `0`, should be a whole number from 1 to 1000000"},
    {"NumberTooLarge",
     more("limits: { connections: 99999999999999999999 }\n"),
     "f.yaml:7: limits.connections: is `99999999999999999999`, should be a whole number from 1 to "
     "1000000"},
    {"UnknownWord",
     more("order: { mode: chaos }\n"),
     "f.yaml:7: order.mode: is `chaos`, should be event_time, causal or arrival"},
    {"TopicPrefix",
     more("log: { level: INFO }\n"),
     "f.yaml:7: log.level: is `INFO`, should be debug, info, warn or error"},
    {"Address",
     more("listen: [ { address: \"localhost:8080\" } ]\n"),
     "f.yaml:7: listen[0].address: is `localhost:8080`, should be an IP address and a port, such "
     "as 127.0.0.1:8080, "
     "0.0.0.0:8080 or [::]:8080"},
    {"AddressIsNumber",
     more("ops: { address: 9464 }\n"),
     "f.yaml:7: ops.address: is `9464`, should be an IP address and a port, such as "
     "127.0.0.1:9464, 0.0.0.0:9464 or "
     "[::]:9464"},
    {"AddressTwice",
     more("listen:\n  - address: \"0.0.0.0:80\"\n  - address: \"127.0.0.1:80\"\n"),
     "f.yaml:9: listen[1].address: should not be the address of listen[0].address as well"},
    {"AddressOfOps",
     more("listen:\n  - address: \"127.0.0.1:9464\"\n"),
     "f.yaml:8: listen[0].address: should not be the address of ops.address as well"},
    {"InstanceWithoutPort",
     more("listen:\n  - address: \"127.0.0.1:0\"\n"),
     "f.yaml:1: instance: is missing, should be a name where the system chooses the port"},
    {"Broker",
     "kafka:\n  bootstrap_servers: \"k:9092,k:port\"\n" + minimal.substr(minimal.find("sources")),
     "f.yaml:2: kafka.bootstrap_servers: holds `k:port`, should be a host and a port, such as "
     "kafka-1:9092"},
    {"UnknownProvider",
     "kafka: { bootstrap_servers: \"k:1\" }\nsources:\n  one: { provider: attendy, webhook: { "
     "secrets: [ { file: "
     "secret } ] } }\n",
     "f.yaml:3: sources.one.provider: is `attendy`, nearest is `attendee`"},
    {"ProviderNearNone",
     "kafka: { bootstrap_servers: \"k:1\" }\nsources:\n  one: { provider: zoom, webhook: { "
     "secrets: [ { file: "
     "secret } ] } }\n",
     "f.yaml:3: sources.one.provider: is `zoom`, should be one of attendee, recall, realtimekit"},
    {"SecretInline",
     secret_item("hunter2"),
     "f.yaml:6: sources.one.webhook.secrets[0]: is written out here, should be { file: PATH }, { "
     "env: VARIABLE } or { "
     "credential: NAME }"},
    {"SecretsInline",
     minimal.substr(0, minimal.find('[')) + "hunter2\n",
     "f.yaml:6: sources.one.webhook.secrets: is written out here, should be a list of 1 to 16 of { "
     "file: PATH }, { env: "
     "VARIABLE } or { credential: NAME }"},
    {"SecretAsKey",
     secret_item("{ hunter2: }"),
     "f.yaml:6: sources.one.webhook.secrets[0]: has an unknown member, known here: file, env, "
     "credential"},
    {"SecretMemberMisspelt",
     secret_item("{ flie: secret }"),
     "f.yaml:6: sources.one.webhook.secrets[0]: has an unknown member, nearest is `file`"},
    {"SecretAsVariable",
     secret_item("{ env: hunter2== }"),
     "f.yaml:6: sources.one.webhook.secrets[0].env: is written out here, should be the name of an "
     "environment variable"},
    {"SecretOfTwoPlaces",
     secret_item("{ file: secret, env: S }"),
     "f.yaml:6: sources.one.webhook.secrets[0]: has 2 members, should be { file: PATH }, { env: "
     "VARIABLE } or { "
     "credential: NAME }"},
    {"SecretFileMissing",
     secret_item("{ file: hunter2 }"),
     "f.yaml:6: sources.one.webhook.secrets[0]: names a file that cannot be read (No such file or "
     "directory), should "
     "hold the secret"},
    {"SecretFileIsDirectory",
     secret_item("{ file: . }"),
     "f.yaml:6: sources.one.webhook.secrets[0]: names what is no regular file, should be a file "
     "that holds the secret"},
    {"SecretFileIsEndless",
     secret_item("{ file: /dev/zero }"),
     "f.yaml:6: sources.one.webhook.secrets[0]: names what is no regular file, should be a file "
     "that holds the secret"},
    {"SecretVariableMissing",
     secret_item("{ env: NOT_SET }"),
     "f.yaml:6: sources.one.webhook.secrets[0]: names a variable that is not set, should hold the "
     "secret"},
    {"CredentialWithoutSystemd",
     secret_item("{ credential: c }"),
     "f.yaml:6: sources.one.webhook.secrets[0]: names a credential, but CREDENTIALS_DIRECTORY is "
     "not set: should run "
     "under systemd with LoadCredential="},
    {"PropertyInline",
     "kafka:\n  bootstrap_servers: k\n  properties:\n    sasl.password: hunter2\n" +
         minimal.substr(minimal.find("sources")),
     "f.yaml:4: kafka.properties.sasl.password: is written out here, should be { file: PATH }, { "
     "env: VARIABLE } or { "
     "credential: NAME }"},
    {"PropertyIsList",
     "kafka:\n  bootstrap_servers: k\n  properties:\n    debug: [ a ]\n" +
         minimal.substr(minimal.find("sources")),
     "f.yaml:4: kafka.properties.debug: is a list, should be a text, a number, true or false, or { "
     "file: PATH }, { env: "
     "VARIABLE } or { credential: NAME }"},
    {"KeyTwice",
     more("instance: a\ninstance: b\n"),
     "f.yaml:8: instance: stands here a second time, should stand once (first on line 7)"},
    {"Syntax", more("order: [\n"), "f.yaml:8: is not YAML: end of sequence flow not found"},
    {"RootIsList",
     "- a\n",
     "f.yaml:1: is a list, should be a mapping with at least kafka and sources"},
    {"RootIsScalar",
     "kafka\n",
     "f.yaml:1: is `kafka`, should be a mapping with at least kafka and sources"},
};
INSTANTIATE_TEST_SUITE_P(Kinds, Faults, testing::ValuesIn(table), [](const auto& test) {
    return test.param.name;
});

TEST(LoadSettings, FindsEightFaultsInOneFile)
{
    settings_directory at;
    EXPECT_THAT(
        at.faults("kafka:\n"
                  "  bootstrap_servers: []\n"
                  "  topics: { partitions: 0 }\n"
                  "listen:\n"
                  "  - address: nowhere\n"
                  "  - adress: \"127.0.0.1:8080\"\n"
                  "order: { hold: 2, mode: chaos }\n"
                  "sources:\n"
                  "  one:\n"
                  "    provider: attendy\n"
                  "    webhook: { secrets: [ inline-secret ] }\n"),
        ElementsAre(
            StartsWith("f.yaml:2: kafka.bootstrap_servers: is a list"),
            StartsWith("f.yaml:3: kafka.topics.partitions: is `0`"),
            StartsWith("f.yaml:5: listen[0].address: is `nowhere`"),
            StartsWith("f.yaml:6: listen[1].adress: is no setting"),
            StartsWith("f.yaml:7: order.hold: is `2`"),
            StartsWith("f.yaml:7: order.mode: is `chaos`"),
            StartsWith("f.yaml:10: sources.one.provider: is `attendy`"),
            StartsWith("f.yaml:11: sources.one.webhook.secrets[0]: is written out here")
        )
    );
}

TEST(LoadSettings, SaysThatAFileCannotBeRead)
{
    const auto missing = load_settings("/nonexistent/rollcall.yaml", {}, {}, {});
    ASSERT_FALSE(missing);
    EXPECT_EQ(
        to_string(missing.error().front()),
        "/nonexistent/rollcall.yaml: cannot be read (No such file or directory)"
    );
    settings_directory at;
    const auto directory = load_settings(at.path(), {}, {}, {});
    ASSERT_FALSE(directory);
    EXPECT_THAT(to_string(directory.error().front()), HasSubstr(": cannot be read ("));
    const auto endless = load_settings("/dev/zero", {}, {}, {});
    ASSERT_FALSE(endless);
    EXPECT_EQ(to_string(endless.error().front()), "/dev/zero: is larger than 256KiB");
}

TEST(LoadSettings, AsksLibrdkafkaAboutItsProperties)
{
    settings_directory at;
    at.checks.refused_property = [](const std::string& name) {
        return name == "enable.idempotence" ? std::string{"exactly-once rests on it"}
                                            : std::string{};
    };
    at.checks.property_fault = [](const std::string& name, const std::string& value) {
        if (name == "linger")
            return std::string{"No such configuration property: \"linger\""};
        return value == "c2VjcmV0" || value == "wrong" ? "Invalid value \"" + value + "\""
                                                       : std::string{};
    };
    EXPECT_THAT(
        at.faults(
            "kafka:\n"
            "  bootstrap_servers: k\n"
            "  properties:\n"
            "    enable.idempotence: false\n"
            "    linger: 5\n"
            "    acks: wrong\n"
            "    sasl.password: { file: secret }\n"
            "    client.rack: a\n" +
            minimal.substr(minimal.find("sources"))
        ),
        ElementsAre(
            "f.yaml:4: kafka.properties.enable.idempotence: may not be set by hand: exactly-once "
            "rests on it",
            "f.yaml:5: kafka.properties.linger: is refused by librdkafka: No such configuration "
            "property: \"linger\"",
            "f.yaml:6: kafka.properties.acks: is refused by librdkafka: Invalid value \"wrong\"",
            "f.yaml:7: kafka.properties.sasl.password: is refused by librdkafka"
        )
    );
}

TEST(LoadSettings, AsksLibrdkafkaAboutAllPropertiesTogether)
{
    settings_directory at;
    std::map<std::string, std::string> asked;
    at.checks.properties_fault = [&asked](const auto& properties) {
        asked = properties;
        return std::string{"no user"};
    };
    const auto yaml = [](const std::string& properties) {
        return "kafka: { bootstrap_servers: \"k:1\", properties: { " + properties + " } }\n" +
               minimal.substr(minimal.find("sources"));
    };
    EXPECT_THAT(
        at.faults(yaml("sasl.password: { file: secret }, ssl.ca.location: ca.pem")),
        ElementsAre("f.yaml:1: kafka.properties: cannot be used together: no user")
    );
    EXPECT_EQ(asked.at("sasl.password"), "c2VjcmV0");
    EXPECT_EQ(asked.at("ssl.ca.location"), at.path() / "ca.pem") << "beside the settings";
    at.faults(yaml("ssl.ca.location: probe, ssl.key.location: /k.pem"));
    EXPECT_EQ(asked.at("ssl.ca.location"), "probe");
    EXPECT_EQ(asked.at("ssl.key.location"), "/k.pem");
}

TEST(LoadSettings, AsksTheProviderAboutItsSecrets)
{
    settings_directory at;
    at.checks.secret_fault = [](const std::string& provider, const std::string& secret) {
        EXPECT_EQ(provider, "attendee");
        EXPECT_EQ(secret, "c2VjcmV0");
        return std::string{"should be base64"};
    };
    EXPECT_THAT(
        at.faults(minimal),
        ElementsAre("f.yaml:6: sources.one.webhook.secrets[0]: holds no secret of attendee: should "
                    "be base64")
    );
}

TEST(LoadSettings, ChecksNothingThatIsBeyondAnyRegularExpression)
{
    // std::regex recurses over its input: the limit on texts has to keep it off the end of the
    // stack.
    settings_directory at;
    const auto faults =
        at.faults("kafka: { bootstrap_servers: \"" + std::string(3'990, 'x') + " !\" }\n");
    EXPECT_THAT(faults, SizeIs(2));
    EXPECT_THAT(
        at.faults(
            "kafka: { bootstrap_servers: k }\nsources: { " + std::string(1'000, 'x') + ": {} }\n"
        ),
        SizeIs(1)
    );
}

}  // namespace
}  // namespace rollcall
