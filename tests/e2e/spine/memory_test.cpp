#include "harness/deployment.hpp"
#include "harness/reading.hpp"
#include "kafka/admin.hpp"
#include "kafka/producer.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

std::chrono::sys_time<std::chrono::milliseconds> now()
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// Puts messages of another installation into the topics of this one, as if they had been published
/// earlier.
void transplant(const published& what, const deployment& to, std::chrono::milliseconds earlier)
{
    producer writer{{to.kafka()}, {}};
    const auto write = [&](const std::vector<console_record>& records, const std::string& topic) {
        for (const auto& each : records) {
            const headers with{each.headers.begin(), each.headers.end()};
            outgoing_record copy;
            copy.topic = topic;
            copy.partition = each.partition;
            copy.key = *each.key;
            copy.value = *each.value;
            copy.with = &with;
            copy.at = timestamp{std::chrono::milliseconds{each.timestamp_ms}} - earlier;
            writer.async_produce(copy, boost::asio::use_future).get();
        }
    };
    write(what.attendance, to.topic("attendance"));
    write(what.activity, to.topic("activity"));
}

const std::string meeting = "bot_Xk3vQ9TmZ2LrB7aE";

class Memory : public testing::Test {
protected:
    static deployment::options settings()
    {
        deployment::options how;
        how.hold = 200ms;
        return how;
    }

    /// What a fresh installation publishes of these webhooks.
    static published published_of(const std::vector<simulator::webhook>& webhooks)
    {
        deployment yesterdays{shared_broker(), settings()};
        auto& daemon = yesterdays.add("only");
        daemon.start();
        if (!daemon.ready())
            throw std::runtime_error{"the daemon is not ready"};
        for (const auto& each : webhooks)
            EXPECT_EQ(send(each, daemon), 202U);
        reading reader{yesterdays};
        reader.until_probed(daemon, "end");
        return reader.without_probes();
    }

    deployment rollcall{shared_broker(), settings()};
    instance& daemon{rollcall.add("only")};
};

TEST_F(Memory, AWebhookThatComesAgainADayLaterIsADuplicate)
{
    const std::vector<simulator::webhook> webhooks{
        participant_event(meeting, "pe_1", "join", now() - 24h),
        participant_event(meeting, "pe_2", "speech_start", now() - 24h + 1s)};
    const auto yesterday = published_of(webhooks);
    ASSERT_EQ(yesterday.attendance.size(), 1U);
    ASSERT_EQ(yesterday.activity.size(), 1U);
    transplant(yesterday, rollcall, 24h);

    daemon.start();
    ASSERT_TRUE(daemon.ready());
    for (const auto& each : webhooks)
        EXPECT_EQ(send(each, daemon), 202U);
    EXPECT_EQ(send(participant_event(meeting, "pe_3", "leave", now()), daemon), 202U);
    reading reader{rollcall};
    reader.until_probed(daemon, "end");
    const auto found = reader.without_probes();
    ASSERT_EQ(found.attendance.size(), 2U);
    EXPECT_EQ(found.attendance[1].header("ce_sequence"), "0000000002");
    EXPECT_EQ(found.attendance[1].header("ce_type"), "rollcall.participant.left");
    EXPECT_EQ(found.activity.size(), 1U);
}

TEST_F(Memory, AWebhookThatComesAgainAfterARestartIsADuplicate)
{
    const auto joined = participant_event(meeting, "pe_1", "join", now() - 24h);
    daemon.start();
    ASSERT_TRUE(daemon.ready());
    reading reader{rollcall};
    EXPECT_EQ(send(joined, daemon), 202U);
    reader.until_probed(daemon, "before");
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
    daemon.start();
    ASSERT_TRUE(daemon.ready());
    EXPECT_EQ(send(joined, daemon), 202U);
    reader.until_probed(daemon, "after");
    EXPECT_EQ(reader.without_probes().attendance.size(), 1U);
}

TEST_F(Memory, WhatIsOlderThanTheWindowAndUnknownIsADeadLetterWithThatReason)
{
    daemon.start();
    ASSERT_TRUE(daemon.ready());
    const auto old = participant_event(meeting, "pe_1", "join", now() - 81h);
    EXPECT_EQ(send(old, daemon), 202U);
    reading reader{rollcall};
    reader.until_probed(daemon, "end");
    EXPECT_TRUE(reader.without_probes().attendance.empty());

    console_reader dead{rollcall.kafka(), rollcall.topic("deadletter")};
    const auto letters = dead.read_until([](const auto& read) { return !read.empty(); });
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].key, "demo");
    EXPECT_EQ(letters[0].value, old.body);
    EXPECT_THAT(
        letters[0].header("rollcall-reason"), testing::Optional(testing::HasSubstr("window"))
    );
    EXPECT_TRUE(letters[0].header("rollcall-step").has_value());
}

TEST_F(Memory, WhatIsOlderThanTheWindowOfAMeetingThatIsKnownIsPublished)
{
    daemon.start();
    ASSERT_TRUE(daemon.ready());
    EXPECT_EQ(send(participant_event(meeting, "pe_1", "join", now()), daemon), 202U);
    reading reader{rollcall};
    reader.until_probed(daemon, "known");
    EXPECT_EQ(send(participant_event(meeting, "pe_0", "join", now() - 81h), daemon), 202U);
    reader.until_probed(daemon, "end");
    const auto found = reader.without_probes().attendance;
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[1].header("rollcall-late"), "true");
}

TEST_F(Memory, AnAuthenticPayloadThatCannotBeUsedIsADeadLetterToo)
{
    daemon.start();
    ASSERT_TRUE(daemon.ready());
    simulator::value::object data;
    data.emplace_back("event_type", "join");
    simulator::value::object envelope;
    envelope.emplace_back("idempotency_key", "k");
    envelope.emplace_back("bot_id", meeting);
    envelope.emplace_back("trigger", "participant_events.join_leave");
    envelope.emplace_back("data", std::move(data));
    const auto poison = simulator::attendee{deployment::secret}.post(std::move(envelope));
    EXPECT_EQ(send(poison, daemon), 202U);

    console_reader dead{rollcall.kafka(), rollcall.topic("deadletter")};
    const auto letters = dead.read_until([](const auto& read) { return !read.empty(); });
    EXPECT_EQ(letters.front().value, poison.body);
    EXPECT_EQ(letters.front().header("rollcall-step"), "normalise");
    EXPECT_EQ(letters.front().header("rollcall-where"), "data.id");
}

// The topic is deleted: what it had is published, what comes meanwhile is in the spool, and the
// offsets of the new one begin again, before those that were committed.
class RenewedIntake : public Memory {
protected:
    static constexpr int before = 40, without = 20;

    void send_speech(int from, int to)
    {
        for (int n = from; n < to; ++n)
            ASSERT_EQ(send(speech(n), daemon), 202U) << n;
    }
    bool has_published(int events)
    {
        return eventually(60s, [&] {
            const auto page = daemon.metrics();
            return page && page->sum("rollcall_messages_published_total") == events;
        });
    }
    void delete_the_intake_and_go_on()
    {
        ASSERT_TRUE(daemon.ready());
        send_speech(0, before);
        ASSERT_TRUE(has_published(before));
        admin cluster{{rollcall.kafka()}};
        ASSERT_FALSE(cluster.remove(rollcall.topic("intake"), 10s));
        send_speech(before, before + without);
        EXPECT_THAT(get(daemon.ops_url("/readyz")).body, testing::StartsWith("degraded: spooling"));
    }
    void make_it_anew()
    {
        ASSERT_EQ(rollcall.rollcall(daemon, {"topics", "--create"}).status.code, 0);
    }

private:
    simulator::webhook speech(int number) const
    {
        return participant_event(
            meeting, "pe_" + std::to_string(number), "speech_start", began_ + number * 1ms
        );
    }

    const std::chrono::sys_time<milliseconds> began_ = now();
};

// librdkafka 2.0.2 does not end a consumer of a topic that is gone, so there is no clean stop.
TEST_F(RenewedIntake, LosesNothingThatIsAnsweredWhereTheDaemonIsKilledForIt)
{
    daemon.start();
    ASSERT_NO_FATAL_FAILURE(delete_the_intake_and_go_on());
    daemon.kill();
    ASSERT_NO_FATAL_FAILURE(make_it_anew());
    daemon.start();
    ASSERT_TRUE(daemon.ready());
    reading reader{rollcall};
    reader.until_probed(daemon, "end");
    EXPECT_THAT(reader.without_probes().activity, testing::SizeIs(before + without));
}

TEST_F(RenewedIntake, IsNoticedByADaemonThatRunsOn)
{
    daemon.start();
    ASSERT_NO_FATAL_FAILURE(delete_the_intake_and_go_on());
    ASSERT_NO_FATAL_FAILURE(make_it_anew());
    EXPECT_TRUE(has_published(before + without));
    EXPECT_THAT(read_file(daemon.log()), testing::HasSubstr("the intake was made anew"));
}

}  // namespace
}  // namespace rollcall::test
