#include "support/broker.hpp"

#include "support/console_reader.hpp"
#include "support/eventually.hpp"

#include <gmock/gmock.h>

#include <string>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kafka = ROLLCALL_SOURCE_DIR "/tests/kafka/broker";

void create_topic(const std::string& address, const std::string& topic)
{
    const auto done =
        run(kafka,
            {"tool",
             "org.apache.kafka.tools.TopicCommand",
             "--bootstrap-server",
             address,
             "--create",
             "--topic",
             topic,
             "--partitions",
             "2"});
    ASSERT_EQ(done.status.code, 0) << done.out << done.err;
}

// `lines` as Kafka's console producer reads them: header:value,...TAB key TAB value.
void produce(const std::string& address, const std::string& topic, const std::string& lines)
{
    const temp_dir files;
    write_file(files.path() / "lines", lines);
    const auto done = run(
        "sh",
        {"-c",
         std::string{kafka} + " tool org.apache.kafka.tools.ConsoleProducer --bootstrap-server " +
             address + " --topic " + topic +
             " --property parse.headers=true --property parse.key=true <" +
             (files.path() / "lines").string()}
    );
    ASSERT_EQ(done.status.code, 0) << done.out << done.err;
}

auto at_least(std::size_t count)
{
    return [count](const std::vector<console_record>& records) { return records.size() >= count; };
}

TEST(SharedBroker, GivesBackTheBytesItWasGiven)
{
    const auto topic = unique_prefix() + "bytes";
    create_topic(shared_broker(), topic);
    const std::string value = R"({"name":"Zoë 山田 😀","text":"back\\slash, comma: colon"})";
    produce(shared_broker(), topic, "ce_id:é:1,ce_time:9\tbot_山\t" + value + "\n");

    const auto records = console_reader{shared_broker(), topic}.read_until(at_least(1));
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].key, "bot_山");
    EXPECT_EQ(records[0].value, value);
    EXPECT_EQ(records[0].header("ce_id"), "é:1");
    EXPECT_EQ(records[0].header("ce_time"), "9");
    EXPECT_EQ(records[0].offset, 0);
    EXPECT_GT(records[0].timestamp_ms, 1'700'000'000'000);
}

TEST(SharedBroker, AReaderOfWhatIsNotThereSaysSo)
{
    const auto topic = unique_prefix() + "empty";
    create_topic(shared_broker(), topic);
    console_reader reader{shared_broker(), topic};
    EXPECT_THROW(reader.read_until(at_least(1), 100ms), std::runtime_error);
}

TEST(OwnBroker, KeepsAddressAndDataThroughAKill)
{
    broker mine;
    mine.start();
    const auto address = mine.address();
    create_topic(address, "kept");
    produce(address, "kept", "a:1\tk\tv\n");
    mine.kill();
    mine.restart();
    EXPECT_EQ(mine.address(), address);
    EXPECT_EQ(console_reader(address, "kept").read_until(at_least(1)).front().value, "v");
}

TEST(OwnBroker, APausedOneAnswersAgainWhenItIsResumed)
{
    broker mine;
    mine.start();
    create_topic(mine.address(), "paused");
    produce(mine.address(), "paused", "a:1\tk\tv\n");
    mine.pause();
    console_reader reader{mine.address(), "paused"};
    EXPECT_EQ(reader.next(3s), std::nullopt);
    mine.resume();
    EXPECT_EQ(reader.read_until(at_least(1)).front().value, "v");
}

// Else whoever starts a node under a lock, and leaves it running, leaves the lock, too.
TEST(Broker, KeepsNothingOpenOfWhoeverStartsIt)
{
    const temp_dir files;
    const auto lock = (files.path() / "lock").string();
    const auto node = (files.path() / "node").string();
    const auto started =
        run("sh", {"-c", "exec 9>" + lock + "; flock 9; " + kafka + " start " + node});
    EXPECT_EQ(started.status.code, 0) << started.err;
    EXPECT_EQ(run("flock", {"--nonblock", lock, "true"}).status.code, 0);
    EXPECT_EQ(run(kafka, {"stop", node}).status.code, 0);
}

}  // namespace
}  // namespace rollcall::test
