#include "loading.hpp"

#include <gmock/gmock.h>

namespace rollcall {
namespace {

using test::minimal;
using test::settings_directory;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string held = minimal + "order: { hold: 1s }\nlimits: { connections: 1 }\n";

TEST(Overrides, OptionBeatsEnvironmentBeatsFileBeatsDefault)
{
    settings_directory at;
    EXPECT_EQ(at.load(minimal)->order.hold, milliseconds{2'000});
    EXPECT_EQ(at.load(held)->order.hold, milliseconds{1'000});
    at.variables["ROLLCALL_ORDER_HOLD"] = "3s";
    EXPECT_EQ(at.load(held)->order.hold, milliseconds{3'000});
    at.options = {{"order.hold", "4s"}};
    EXPECT_EQ(at.load(held)->order.hold, milliseconds{4'000});
    at.options.push_back({"order.hold", "5s"});
    EXPECT_EQ(at.load(held)->order.hold, milliseconds{5'000});
}

TEST(Overrides, ReplaceAValueThatIsAtFault)
{
    settings_directory at;
    at.variables["ROLLCALL_ORDER_HOLD"] = "3s";
    EXPECT_TRUE(at.load(minimal + "order: { hold: [ wrong ] }\n"));
}

TEST(Overrides, ReachEveryScalarByItsVariable)
{
    settings_directory at;
    at.variables = {
        {"ROLLCALL_KAFKA_BOOTSTRAP_SERVERS", "x:1"},
        {"ROLLCALL_KAFKA_TOPICS_PARTITIONS", "7"},
        {"ROLLCALL_LISTEN_0_ADDRESS", "127.0.0.1:1"},
        {"ROLLCALL_LISTEN_1_ADDRESS", "127.0.0.1:2"},
        {"ROLLCALL_LIMITS_BODY_BYTES", "2MiB"},
        {"ROLLCALL_INSTANCE", "12"},
        {"ROLLCALL_LOG_FORMAT", "json"},
        {"ROLLCALL_SOURCES_ONE_PROVIDER", "recall"},
    };
    // The list in the file has one item, so 1 is the next.
    const auto loaded = at.load(minimal + "listen: [ { address: \"127.0.0.1:8\" } ]\n");
    ASSERT_TRUE(loaded) << to_string(loaded.error().front());
    EXPECT_EQ(loaded->kafka.bootstrap_servers, "x:1");
    EXPECT_EQ(loaded->kafka.partitions, 7);
    EXPECT_EQ(loaded->listen, (std::vector<listen_settings>{{"127.0.0.1:1"}, {"127.0.0.1:2"}}));
    EXPECT_EQ(loaded->limits.body_bytes, 2U << 20);
    EXPECT_EQ(loaded->instance, "12");
    EXPECT_EQ(loaded->format, log_format::json);
    EXPECT_EQ(loaded->sources.front().provider, "recall");
}

TEST(Overrides, MakeSectionsThatTheFileLacks)
{
    settings_directory at;
    at.variables["ROLLCALL_KAFKA_BOOTSTRAP_SERVERS"] = "x:1";
    const auto loaded = at.load(minimal.substr(minimal.find("sources")));
    ASSERT_TRUE(loaded) << to_string(loaded.error().front());
    EXPECT_EQ(loaded->kafka.bootstrap_servers, "x:1");
}

TEST(Overrides, OptionsReachPropertiesAndNewSources)
{
    settings_directory at;
    at.options = {
        {"kafka.properties.socket.timeout.ms", "5000"},
        {"sources.two.provider", "attendee"},
        {"sources.two.webhook.secrets[0].file", "secret"},
        {"listen.0.address", "127.0.0.1:5"},
    };
    const auto loaded = at.load(minimal);
    ASSERT_TRUE(loaded) << to_string(loaded.error().front());
    EXPECT_EQ(loaded->kafka.properties.at("socket.timeout.ms"), "5000");
    ASSERT_EQ(loaded->sources.size(), 2U);
    EXPECT_EQ(loaded->sources[1].name, "two");
    EXPECT_EQ(loaded->sources[1].webhook.secrets, std::vector<std::string>{"c2VjcmV0"});
    EXPECT_EQ(loaded->listen.front().address, "127.0.0.1:5");
}

TEST(Overrides, OfASecretReplaceWhereItIs)
{
    settings_directory at;
    at.variables = {{"ROLLCALL_SOURCES_ONE_WEBHOOK_SECRETS_0_ENV", "OTHER"}, {"OTHER", "other"}};
    EXPECT_EQ(at.load(minimal)->sources.front().webhook.secrets, std::vector<std::string>{"other"});
}

TEST(Overrides, NameTheVariableAtFault)
{
    settings_directory at;
    at.variables = {
        {"ROLLCALL_LIMITS_CONNECTIONS", "many"},
        {"ROLLCALL_ORDER_HOLD", "6m"},
        {"ROLLCALL_OPS_ADDRESS", "nowhere"},
        {"ROLLCALL_SOURCES_ONE_WEBHOOK_SECRETS_0_FILE", "nowhere"},
    };
    EXPECT_THAT(
        at.faults(held),
        ElementsAre(
            "ROLLCALL_LIMITS_CONNECTIONS: limits.connections: is `many`, should be a whole number "
            "from 1 to 1000000",
            "ROLLCALL_OPS_ADDRESS: ops.address: is `nowhere`, should be an IP address and a port, "
            "such as "
            "127.0.0.1:9464, 0.0.0.0:9464 or [::]:9464",
            "ROLLCALL_ORDER_HOLD: order.hold: is `6m`, should be a duration from 0s to 5m, such as "
            "2s or 500ms",
            "ROLLCALL_SOURCES_ONE_WEBHOOK_SECRETS_0_FILE: sources.one.webhook.secrets[0]: names a "
            "file that cannot be "
            "read (No such file or directory), should hold the secret"
        )
    );
}

TEST(Overrides, NameTheOptionAtFault)
{
    settings_directory at;
    at.options = {
        {"order.hold", "x"},
        {"order.hodl", "1s"},
        {"order", "x"},
        {"kafka.certificates", "x"},
        {"listen[x].address", "x"},
        {"", "x"}};
    EXPECT_THAT(
        at.faults(held),
        ElementsAre(
            "--set: is no setting that an option can give",
            "--set: kafka.certificates: is no setting that an option can give",
            "--set: listen[x].address: is no setting, nearest is `listen[0].address`",
            "--set: order: is no setting that an option can give",
            "--set: order.hodl: is no setting, nearest is `order.hold`",
            "--set: order.hold: is `x`, should be a duration from 0s to 5m, such as 2s or 500ms"
        )
    );
}

TEST(Overrides, RefuseAVariableThatNamesNothing)
{
    settings_directory at;
    at.variables = {
        {"ROLLCALL_KAFKA_BOOTSTRAP_SERVER", "x"},
        {"ROLLCALL_CERTIFICATE_OF_THE_MOON", "x"},
        {"ROLLCALL_SOURCES_TWO_PROVIDER", "attendee"},
        {"ROLLCALL_LISTEN_1_ADDRESS", "x"},
    };
    EXPECT_THAT(
        at.faults(minimal),
        ElementsAre(
            "ROLLCALL_CERTIFICATE_OF_THE_MOON: names no setting, should be ROLLCALL_ and a path",
            "ROLLCALL_KAFKA_BOOTSTRAP_SERVER: names no setting, nearest is "
            "ROLLCALL_KAFKA_BOOTSTRAP_SERVERS",
            "ROLLCALL_LISTEN_1_ADDRESS: names no setting, nearest is ROLLCALL_LISTEN_0_ADDRESS",
            "ROLLCALL_SOURCES_TWO_PROVIDER: names no setting, nearest is "
            "ROLLCALL_SOURCES_ONE_PROVIDER"
        )
    );
}

TEST(Overrides, PassOverWhatIsNotTheirs)
{
    settings_directory at;
    at.variables = {
        {"PATH", "/bin"},
        {"ROLLCAL_X", "x"},
        {"ROLLCALL", "x"},
        {"ROLLCALL_SERVICE_HOST", "10.0.0.1"},
        {"ROLLCALL_SERVICE_PORT", "8080"},
        {"ROLLCALL_SERVICE_PORT_HTTP", "8080"},
        {"ROLLCALL_PORT", "tcp://10.0.0.1:8080"},
        {"ROLLCALL_PORT_8080_TCP", "tcp://10.0.0.1:8080"},
        {"ROLLCALL_PORT_8080_TCP_ADDR", "10.0.0.1"},
        {"ROLLCALL_PORT_8080_TCP_PORT", "8080"},
        {"ROLLCALL_PORT_8080_TCP_PROTO", "tcp"},
        {"ROLLCALL_OPS_PORT_9464_TCP", "tcp://10.0.0.1:9464"},
        {"ROLLCALL_SECRET", "x"},
    };
    EXPECT_THAT(
        at.faults(minimal),
        ElementsAre("ROLLCALL_SECRET: names no setting, should be ROLLCALL_ and a path")
    );
    EXPECT_THAT(
        at.faults(
            minimal +
            "  two: { provider: recall, webhook: { secrets: [ { env: ROLLCALL_SECRET } ] } }\n"
        ),
        IsEmpty()
    );
}

TEST(Overrides, LeaveTheFaultOfAFileThatIsInTheWay)
{
    settings_directory at;
    at.variables["ROLLCALL_ORDER_HOLD"] = "3s";
    EXPECT_THAT(
        at.faults(minimal + "order: 5\n"),
        ElementsAre("f.yaml:7: order: is `5`, should be a mapping of mode, hold and settle_after")
    );
}

}  // namespace
}  // namespace rollcall
