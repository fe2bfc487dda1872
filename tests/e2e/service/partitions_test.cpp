// More partitions: the installation moves to topics under another prefix, by the commands of the
// manual, while events flow.
#include "harness/deployment.hpp"
#include "harness/playing.hpp"
#include "harness/reading.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// The loop that copies the memory, as docs/operations.md has it.
std::string copying_by_the_manual()
{
    const auto text = read_file(ROLLCALL_SOURCE_DIR "/docs/operations.md");
    const auto chapter = text.find("\n## Moving to more partitions\n");
    const auto begin = text.find("for topic in activity attendance; do\n", chapter);
    const auto end = text.find("```", begin);
    if (chapter == std::string::npos || begin == std::string::npos || end == std::string::npos)
        throw std::runtime_error{"the manual does not say how the memory is copied"};
    return text.substr(begin, end - begin);
}

// Kafka's own tools under their names, and what the manual sets before the loop.
std::string shell_before_copying(const deployment& from, const deployment& to)
{
    const auto tool = [](const std::string& name, const std::string& java_class) {
        return name + "() { " ROLLCALL_SOURCE_DIR "/tests/kafka/broker tool " + java_class +
               " \"$@\"; }\n";
    };
    return "set -euo pipefail\n" +
           tool(
               "kafka-consumer-groups", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
           ) +
           tool("kafka-console-consumer", "org.apache.kafka.tools.consumer.ConsoleConsumer") +
           tool("kafka-console-producer", "org.apache.kafka.tools.ConsoleProducer") +
           "kafka=" + from.kafka() + " old=" + from.topic("") + " new=" + to.topic("") +
           " idle_ms=4000 since=$(date -u -d '-80 hours' +%FT%T.000)\n";
}

void copy_memory(const deployment& from, const deployment& to)
{
    const auto copied =
        run("bash", {"-c", shell_before_copying(from, to) + copying_by_the_manual()});
    ASSERT_EQ(copied.status.code, 0) << copied.out << copied.err;
    ASSERT_THAT(copied.err, HasSubstr("Processed a total of ")) << copied.out;
}

deployment::options with_partitions(std::int32_t count)
{
    deployment::options how;
    how.partitions = count;
    how.settle_after = 2s;
    return how;
}

// Once more what was acknowledged before: only the memory tells that it is known.
void resend(const playing& world, std::size_t events, const instance& to)
{
    for (std::size_t n = 0; n < events; ++n)
        EXPECT_EQ(send(world.provider().render(world.what().told.at(n), 0), to), 202U);
}

// To a reader the copies are what he has read in the old topics, with the times they had there.
// How many they are.
std::size_t take_times(
    std::vector<console_record>& copies, const std::vector<console_record>& originals
)
{
    std::map<std::string, const console_record*> by_id;
    for (const auto& each : originals)
        by_id.emplace(each.header("ce_id").value_or(""), &each);
    std::size_t copied = 0;
    for (auto& each : copies) {
        const auto original = by_id.find(each.header("ce_id").value_or(""));
        if (original == by_id.end())
            continue;
        EXPECT_EQ(each.headers, original->second->headers);
        EXPECT_EQ(each.value, original->second->value);
        each.timestamp_ms = original->second->timestamp_ms;
        ++copied;
    }
    EXPECT_EQ(copied, originals.size());
    return copied;
}

// A copy says where its record lies in the old intake.
bool names_the_old_intake(const difference& found)
{
    return found.what == wrong::header && found.details.starts_with("rollcall-intake ");
}

class MorePartitions : public testing::Test {
protected:
    // Where webhooks go all the time is the address of the new daemon.
    void start_with_the_old_topics()
    {
        before.start({.environment = {{"ROLLCALL_LISTEN_0_ADDRESS", after.listen_address()}}});
        ASSERT_TRUE(before.ready());
    }
    void take_webhooks_into_the_spool()
    {
        ASSERT_EQ(before.stop(), (exit_status{0, 0}));
        after.start({.environment = {{"ROLLCALL_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"}}});
        ASSERT_TRUE(after.listening());
    }
    // On an address that nobody knows, until everything is decided.
    void let_the_old_topics_run_dry()
    {
        before.start();
        ASSERT_TRUE(before.ready());
        ASSERT_TRUE(eventually(60s, [&] { return old_topics.is_done(); }));
        reads_old.until_probed(before, "dry");
        ASSERT_EQ(before.stop(), (exit_status{0, 0}));
    }

    deployment old_topics{shared_broker(), with_partitions(2)};
    deployment new_topics{shared_broker(), with_partitions(5)};
    instance& before{old_topics.add("before")};
    instance& after{new_topics.add("after")};
    reading reads_old{old_topics};
    reading reads_new{new_topics};
};

TEST_F(MorePartitions, ComeWithTheMemoryAndEveryEventIsThereOnceAndInOrder)
{
    ASSERT_NO_FATAL_FAILURE(start_with_the_old_topics());
    playing::options how;
    how.world = world_of(83, 20, 1'000, 50);
    how.wanted.duplicated = 0.1;
    how.wanted.reordered = 0.2;
    how.player.targets = {simulator::parse_target(after.webhook_url())};
    playing world{how, new_topics.file("truth.ndjson")};
    ASSERT_TRUE(world.acknowledged(250, 60s));
    ASSERT_NO_FATAL_FAILURE(take_webhooks_into_the_spool());
    ASSERT_NO_FATAL_FAILURE(let_the_old_topics_run_dry());
    EXPECT_THAT(
        get(after.ops_url("/readyz")).body,
        testing::ContainsRegex("; spooling, [1-9][0-9]* records")
    );
    ASSERT_NO_FATAL_FAILURE(copy_memory(old_topics, new_topics));
    ASSERT_TRUE(after.restart());
    resend(world, 100, after);
    world.finish();

    const auto truth = world.truth();
    reads_new.until_settled(ended_meetings(truth));
    reads_new.until_probed(after, "end");
    auto expected = new_topics.expected();
    expected.late_allowed = true;  // what was spooled comes when it comes
    const auto published_before = reads_old.without_probes();
    auto all = reads_new.without_probes();
    const auto copied = take_times(all.attendance, published_before.attendance) +
                        take_times(all.activity, published_before.activity);
    EXPECT_GT(copied, 100U);
    auto found = differences(truth, all, expected);
    std::erase_if(found, names_the_old_intake);
    EXPECT_EQ(listed(found), "");
    EXPECT_EQ(after.stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
