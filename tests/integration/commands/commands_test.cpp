#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>

#include <sstream>

namespace rollcall {
namespace {

using test::completed;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* secret = "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmh1bnQ=";

/// The binary, in a directory with a settings file and a secret.
class Commands : public testing::Test {
protected:
    Commands() { test::write_file(directory_.path() / "secret", std::string{secret} + "\n"); }

    std::string file() const { return (directory_.path() / "rollcall.yaml").string(); }
    void write(const std::string& yaml) { test::write_file(file(), yaml); }

    static completed rollcall(
        const std::vector<std::string>& words,
        const std::map<std::string, std::string>& environment = {}
    )
    {
        return test::run(ROLLCALL_EXECUTABLE, words, environment);
    }

    /// Without the directory, which differs from run to run.
    std::vector<std::string> lines(const std::string& text) const
    {
        std::vector<std::string> all;
        std::istringstream in{text};
        const auto directory = directory_.path().string() + "/";
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with(directory))
                line.erase(0, directory.size());
            all.push_back(line);
        }
        return all;
    }

    const std::string right =
        "kafka: { bootstrap_servers: \"127.0.0.1:1\" }\n"
        "instance: rollcall-1\n"
        "sources: { sales: { provider: attendee, webhook: { secrets: [ { file: secret } ] } } }\n";

private:
    test::temp_dir directory_;
};

TEST_F(Commands, PrintEightLinesForEightFaults)
{
    write(
        "kafka:\n"
        "  bootstrap_server: 127.0.0.1:9092\n"
        "  properties: { enable.idempotence: false, linger: 5 }\n"
        "listen:\n"
        "  - address: nowhere\n"
        "order: { hold: 2, mode: chaos }\n"
        "dedupe: { window: 1h }\n"
        "sources:\n"
        "  sales:\n"
        "    provider: attendee\n"
        "    webhook: { secrets: [ aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmh1bnQ= ] }\n"
    );
    for (const auto* command : {"check", "serve", "topics", "tail"}) {
        const auto ran = rollcall({command, "--config", file()});
        EXPECT_EQ(ran.status, (test::exit_status{78, 0}));
        EXPECT_EQ(ran.out, "");
        EXPECT_THAT(
            lines(ran.err),
            ElementsAre(
                "rollcall.yaml:2: kafka.bootstrap_server: is no setting, nearest is "
                "`bootstrap_servers`",
                StartsWith(
                    "rollcall.yaml:3: kafka.properties.enable.idempotence: may not be set by hand: "
                ),
                StartsWith("rollcall.yaml:3: kafka.properties.linger: is refused by librdkafka: "),
                StartsWith("rollcall.yaml:5: listen[0].address: is `nowhere`, should be an IP "
                           "address and a port"),
                StartsWith("rollcall.yaml:6: order.hold: is `2`, should be a duration from 0s to 5m"
                ),
                "rollcall.yaml:6: order.mode: is `chaos`, should be event_time, causal or arrival",
                StartsWith("rollcall.yaml:7: dedupe.window: is `1h`, should be a duration from 76h"
                ),
                StartsWith("rollcall.yaml:11: sources.sales.webhook.secrets[0]: is written out here"
                )
            )
        );
        EXPECT_THAT(ran.err, Not(HasSubstr(secret)));
    }
}

TEST_F(Commands, CheckTriesTheMappingOfTheShippedExample)
{
    test::temp_dir credentials;
    test::write_file(credentials.path() / "rooms", "raw:any text");
    test::write_file(
        credentials.path() / "calendar", "whpk_RSQcNRdwoZt0Dj0wRrwA8UaCk+4WCRAdEtxDumTN9zY="
    );
    const std::map<std::string, std::string> with = {
        {"CREDENTIALS_DIRECTORY", credentials.path()}, {"ROOMS_TOKEN", "0123456789abcdef"}};
    std::vector<std::string> words = {
        "check", "--config", ROLLCALL_SOURCE_DIR "/config/examples/standard-webhooks.yaml"};
    const auto ran = rollcall(words, with);
    EXPECT_EQ(ran.status, (test::exit_status{0, 0})) << ran.err;
    EXPECT_THAT(
        ran.out,
        AllOf(
            HasSubstr("room-joined.json: participant.joined at 2026-03-04T14:00:02.640Z, meeting "),
            HasSubstr("room-whiteboard.json: ignored: whiteboard.opened\n"),
            HasSubstr("cloudevents-batch.json: participant.left at "),
            Not(HasSubstr("0123456789abcdef"))
        )
    );
    words.insert(words.end(), {"--set", "sources.rooms.mapping.meeting.id=/data/nowhere"});
    const auto wrong = rollcall(words, with);
    EXPECT_EQ(wrong.status, (test::exit_status{78, 0}));
    EXPECT_THAT(wrong.out, HasSubstr("room-joined.json: WRONG: /data/nowhere: field missing\n"));
}

TEST_F(Commands, CheckSaysWhatWouldRun)
{
    write(right);
    const auto ran = rollcall({"check", "-c", file()});
    EXPECT_EQ(ran.status, (test::exit_status{0, 0}));
    EXPECT_EQ(ran.err, "");
    EXPECT_THAT(
        ran.out,
        AllOf(
            HasSubstr("instance    rollcall-1\n"),
            HasSubstr("sales: attendee, 1 secret, POST /hooks/sales\n"),
            HasSubstr("The configuration is right.\n"),
            Not(HasSubstr(secret))
        )
    );
}

TEST_F(Commands, TakeOptionsBeforeTheEnvironmentBeforeTheFile)
{
    write(right + "order: { hold: 1s, settle_after: 1s, mode: arrival }\n");
    const auto ran = rollcall(
        {"check", "-c", file(), "--set", "order.hold=3s"},
        {{"ROLLCALL_ORDER_HOLD", "2s"}, {"ROLLCALL_ORDER_SETTLE_AFTER", "2s"}}
    );
    EXPECT_THAT(ran.out, HasSubstr("order       arrival, hold 3s, settle after 2s\n"));
}

TEST_F(Commands, NameTheVariableOrOptionAtFault)
{
    write(right);
    const auto ran = rollcall(
        {"check", "-c", file(), "--set", "order.mode=chaos"},
        {{"ROLLCALL_ORDER_HOLD", "2"}, {"ROLLCALL_KAFKA_BOOTSTRAP_SERVER", "x"}}
    );
    EXPECT_EQ(ran.status, (test::exit_status{78, 0}));
    EXPECT_THAT(
        lines(ran.err),
        ElementsAre(
            "ROLLCALL_KAFKA_BOOTSTRAP_SERVER: names no setting, nearest is "
            "ROLLCALL_KAFKA_BOOTSTRAP_SERVERS",
            StartsWith("ROLLCALL_ORDER_HOLD: order.hold: is `2`, should be"),
            "--set: order.mode: is `chaos`, should be event_time, causal or arrival"
        )
    );
}

TEST_F(Commands, RefuseASecretThatIsNoneOfTheProvider)
{
    test::write_file(
        std::filesystem::path{file()}.parent_path() / "secret", "hunter2 is not base64\n"
    );
    write(right);
    const auto ran = rollcall({"check", "-c", file()});
    EXPECT_EQ(ran.status, (test::exit_status{78, 0}));
    EXPECT_THAT(
        lines(ran.err),
        ElementsAre(StartsWith(
            "rollcall.yaml:3: sources.sales.webhook.secrets[0]: holds no secret of attendee: "
        ))
    );
    EXPECT_THAT(ran.err, Not(HasSubstr("hunter2")));
}

TEST_F(Commands, SayThatTheFileIsMissing)
{
    const auto ran = rollcall({"serve", "-c", file()});
    EXPECT_EQ(ran.status, (test::exit_status{78, 0}));
    EXPECT_THAT(
        lines(ran.err), ElementsAre("rollcall.yaml: cannot be read (No such file or directory)")
    );
}

TEST_F(Commands, TellWrongUsageFromWrongConfiguration)
{
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{},
          {"server"},
          {"serve", "--no"},
          {"tail", "--from", "then"},
          {"check", "--set", "x"}}) {
        const auto ran = rollcall(words);
        EXPECT_EQ(ran.status, (test::exit_status{2, 0}));
        EXPECT_EQ(ran.out, "");
        EXPECT_THAT(ran.err, Not(IsEmpty()));
    }
}

TEST_F(Commands, HelpAndVersionGoToStandardOutput)
{
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"--help"},
          {"-h"},
          {"--version"},
          {"serve", "--help"},
          {"tail", "-h"}}) {
        const auto ran = rollcall(words);
        EXPECT_EQ(ran.status, (test::exit_status{0, 0}));
        EXPECT_EQ(ran.err, "");
        EXPECT_THAT(ran.out, HasSubstr("rollcall "));
    }
}

TEST_F(Commands, FailWithOneErrorWhereTheyCannotGoOn)
{
    boost::asio::io_context io;
    const boost::asio::ip::tcp::acceptor taken{io, {boost::asio::ip::address_v4::loopback(), 0}};
    const auto address = "127.0.0.1:" + std::to_string(taken.local_endpoint().port());
    write(
        right + "listen: [ { address: \"" + address + "\" } ]\nops: { address: \"127.0.0.1:0\" }\n"
    );
    const auto ran = rollcall({"serve", "-c", file(), "--set", "log.level=error"});
    EXPECT_EQ(ran.status, (test::exit_status{1, 0}));
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(lines(ran.err), ElementsAre(AllOf(HasSubstr("cannot go on"), HasSubstr(address))));
}

}  // namespace
}  // namespace rollcall
