// `rollcall topics` and `rollcall tail`, the executable, against a real Kafka.
#include "kafka/admin.hpp"
#include "kafka/partition_reader.hpp"
#include "kafka/transactional_producer.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <csignal>
#include <cstdlib>
#include <set>
#include <stdexcept>

namespace rollcall::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr milliseconds patience{20'000};

// To the executable, ROLLCALL_TEST_KAFKA would be a setting that does not exist.
std::string broker_address()
{
    static const std::string address = [] {
        auto found = shared_broker();
        ::unsetenv("ROLLCALL_TEST_KAFKA");
        return found;
    }();
    return address;
}

class OnBroker : public testing::Test {
protected:
    OnBroker()
    {
        write_file(directory.path() / "secret", "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmh1bnQ=\n");
        write_file(
            settings(),
            "kafka: { bootstrap_servers: \"" + connection.bootstrap_servers +
                "\", topics: { prefix: " + prefix +
                ", partitions: 3 } }\n"
                "sources: { sales: { provider: attendee, webhook: { secrets: [ { file: secret } ] "
                "} } }\n"
        );
    }

    std::string settings() const { return (directory.path() / "rollcall.yaml").string(); }
    std::string topic(const std::string& name) const { return prefix + name; }

    completed rollcall(
        std::vector<std::string> words, const std::map<std::string, std::string>& with = {}
    ) const
    {
        words.insert(words.begin() + 1, {"--config", settings()});
        return run(ROLLCALL_EXECUTABLE, words, with);
    }

    temp_dir directory;
    const kafka_connection connection{
        .bootstrap_servers = broker_address(), .client_id = "test", .properties = {}};
    const std::string prefix = unique_prefix();
};

class Topics : public OnBroker {};

TEST_F(Topics, AreShownAsTheyWouldBeAndAreMissing)
{
    const auto shown = rollcall({"topics"});
    EXPECT_EQ(shown.status, (exit_status{1, 0}));
    EXPECT_THAT(
        shown.out, AllOf(HasSubstr(topic("tracking")), HasSubstr("missing"), HasSubstr("168h"))
    );
    EXPECT_THAT(shown.err, HasSubstr(topic("intake") + ": does not exist"));
}

TEST_F(Topics, AreRightOnceCreatedAndMayBeCreatedAgain)
{
    for (int round = 0; round < 2; ++round) {
        const auto created = rollcall({"topics", "--create"});
        EXPECT_EQ(created.status, (exit_status{0, 0})) << created.err;
        EXPECT_THAT(
            created.out,
            AllOf(HasSubstr("ok"), Not(HasSubstr("missing")), Not(HasSubstr("differs")))
        );
    }
    const auto shown = rollcall({"topics"});
    EXPECT_EQ(shown.status, (exit_status{0, 0})) << shown.err;
    EXPECT_THAT(shown.err, IsEmpty());

    admin topics{connection};
    const auto tracking = topics.describe(topic("tracking"), patience);
    ASSERT_TRUE(tracking && *tracking) << topics.last_error();
    EXPECT_EQ((*tracking)->partitions, 3);
    EXPECT_EQ((*tracking)->config.at("cleanup.policy"), "compact");
}

TEST_F(Topics, ThatWereMadeOtherwiseAreNamedWithBothNumbers)
{
    admin topics{connection};
    ASSERT_FALSE(topics.create(
        {.name = topic("attendance"), .partitions = 5, .replication_factor = 1, .config = {}},
        patience
    ));
    const auto created = rollcall({"topics", "--create"});
    EXPECT_EQ(created.status, (exit_status{1, 0}));
    EXPECT_THAT(created.out, HasSubstr("differs"));
    EXPECT_THAT(created.err, AllOf(HasSubstr("has 5 partitions"), HasSubstr("intake has 3")));
    EXPECT_THAT(created.err, HasSubstr("max.message.bytes is 1048588, must be at least"));

    // The daemon does not start on them.
    const auto served =
        rollcall({"serve", "--set", "ops.address=127.0.0.1:0", "--set", "log.format=text"});
    EXPECT_EQ(served.status, (exit_status{1, 0}));
    EXPECT_THAT(served.err, AllOf(HasSubstr("has 5 partitions"), HasSubstr("intake has 3")));
}

TEST_F(Topics, CannotBeAskedForWithoutABroker)
{
    const auto asked = rollcall({"topics"}, {{"ROLLCALL_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"}});
    EXPECT_EQ(asked.status, (exit_status{1, 0}));
    EXPECT_THAT(asked.err, HasSubstr("127.0.0.1:1"));
}

class Tail : public OnBroker {
protected:
    Tail()
    {
        EXPECT_EQ(rollcall({"topics", "--create"}).status, (exit_status{0, 0}));
        EXPECT_FALSE(producer.init(patience)) << producer.last_error();
    }

    void publish(const std::string& name, const std::string& key, int sequence, bool commit = true)
    {
        const std::string value =
            R"({"kind":"participant.joined","via":"webhook","participant":{"id":"p","name":")" +
            std::string{"N"} + std::to_string(sequence) + R"("}})";
        const headers with{
            {"ce_type", "rollcall.participant.joined"},
            {"ce_time", "2026-08-14T09:00:03.771Z"},
            {"ce_sequence", std::to_string(1'000'000'000 + sequence)}};
        ASSERT_FALSE(producer.begin());
        ASSERT_FALSE(producer.produce(
            {.topic = topic(name),
             .partition = sequence % 3,
             .key = key,
             .value = value,
             .with = &with,
             .at = std::nullopt}
        ));
        if (!commit)
            await_record(topic(name), sequence % 3);
        const auto ec = commit ? producer.commit(patience) : producer.abort(patience);
        ASSERT_FALSE(ec) << producer.last_error();
    }

    // Until the broker has a record there. What is aborted sooner, librdkafka may still be telling
    // the broker about, and then neither knows the other's state.
    void await_record(const std::string& name, std::int32_t partition)
    {
        partition_reader reader{
            connection, prefix + "look", partition_reader::isolation::read_uncommitted};
        ASSERT_TRUE(eventually(patience, [&] {
            const auto bounds = reader.query_watermarks(name, partition, patience);
            return bounds && bounds->high > bounds->low;
        }));
    }

    process tail(std::vector<std::string> words)
    {
        words.insert(words.begin(), {"tail", "--config", settings()});
        return process{
            {.program = ROLLCALL_EXECUTABLE,
             .arguments = words,
             .environment = {},
             .standard_output = output::to_pipe(),
             .standard_error = {}}};
    }

    rapidjson::Document next_json(process& from)
    {
        rapidjson::Document parsed;
        const auto line = from.read_line(patience);
        if (!line || parsed.Parse(line->c_str()).HasParseError() || !parsed.IsObject())
            throw std::runtime_error{"tail printed no JSON object: " + line.value_or("nothing")};
        return parsed;
    }

    transactional_producer producer{connection, prefix + "tx", milliseconds{10'000}};
};

TEST_F(Tail, PrintsWhatIsCommittedFromTheBeginningOn)
{
    publish("attendance", "m1", 0);
    publish("attendance", "m1", 1, false);
    publish("activity", "m2", 2);
    auto printing = tail({"--json", "--from", "beginning"});
    std::set<std::string> names;
    for (int i = 0; i < 2; ++i)
        names.insert(next_json(printing)["value"]["participant"]["name"].GetString());
    EXPECT_EQ(names, (std::set<std::string>{"N0", "N2"}));
    publish("attendance", "m3", 3);
    const auto followed = next_json(printing);
    EXPECT_STREQ(followed["key"].GetString(), "m3");
    EXPECT_STREQ(followed["topic"].GetString(), topic("attendance").c_str());
    EXPECT_EQ(printing.stop(patience), (exit_status{0, 0}));
}

TEST_F(Tail, PrintsOneMeetingOnly)
{
    for (int i = 0; i < 6; ++i)
        publish("attendance", i % 2 == 0 ? "even" : "odd", i);
    auto printing = tail({"--from", "beginning", "--meeting", "odd"});
    for (int i = 0; i < 3; ++i)
        EXPECT_THAT(
            printing.read_line(patience).value_or(""),
            AllOf(HasSubstr("odd"), Not(HasSubstr("\x1b")))
        );
    publish("attendance", "even", 6);
    publish("attendance", "odd", 7);
    EXPECT_THAT(printing.read_line(patience).value_or(""), HasSubstr("N7"));
    printing.signal(SIGINT);
    EXPECT_EQ(printing.wait(patience), (exit_status{0, 0}));
}

TEST_F(Tail, EndsWhenItsReaderIsGone)
{
    publish("attendance", "m", 0);
    const auto piped =
        run("sh",
            {"-c",
             std::string{ROLLCALL_EXECUTABLE} + " tail --from beginning --config " + settings() +
                 " | head -n 1"});
    EXPECT_EQ(piped.status, (exit_status{0, 0}));  // sh waits for both
    EXPECT_THAT(piped.out, HasSubstr("N0"));
}

TEST_F(Tail, FailsWhereTheTopicsAreNot)
{
    const auto failed = rollcall({"tail", "--set", "kafka.topics.prefix=" + prefix + "other."});
    EXPECT_EQ(failed.status, (exit_status{1, 0}));
}

}  // namespace
}  // namespace rollcall::test
