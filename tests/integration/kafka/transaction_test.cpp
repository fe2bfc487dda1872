#include "scene.hpp"
#include "support/eventually.hpp"
#include "support/process.hpp"

#include <csignal>

namespace rollcall::test {
namespace {

using isolation = partition_reader::isolation;

class Transaction : public KafkaScene {
protected:
    // Until the broker has the records of an open transaction.
    bool high_watermark_reaches(partition_reader& of, const std::string& topic, std::int64_t high)
    {
        return eventually(patience, [&] {
            const auto marks = of.query_watermarks(topic, 0, patience);
            return marks && marks->high >= high;
        });
    }
};

TEST_F(Transaction, IsSeenFromItsCommitOn)
{
    const auto to = topic("out");
    partition_reader reader{connection, id("g"), isolation::read_committed};
    ASSERT_FALSE(reader.assign(std::vector{topic_partition{to, 0, 0}}));
    EXPECT_EQ(next_end(reader), 0);

    const auto producer = ready_producer(connection, id("tx"));
    ASSERT_FALSE(producer->begin());
    ASSERT_FALSE(producer->produce(record_of(to, "one")));
    // The end for a read_committed reader is the last stable offset; the watermark is behind the
    // open records.
    ASSERT_TRUE(high_watermark_reaches(reader, to, 1));
    EXPECT_TRUE(std::holds_alternative<std::monostate>(reader.poll(milliseconds{0})));

    ASSERT_FALSE(producer->commit(patience));
    EXPECT_EQ(next_record(reader), std::pair(std::string{"one"}, std::int64_t{0}));
    EXPECT_EQ(next_end(reader), 2);  // behind the marker
}

TEST_F(Transaction, IsNeverSeenWhereItWasAborted)
{
    const auto to = topic("out");
    const auto producer = ready_producer(connection, id("tx"));
    ASSERT_FALSE(producer->begin());
    ASSERT_FALSE(producer->produce(record_of(to, "undone")));
    partition_reader reader{connection, id("g"), isolation::read_committed};
    ASSERT_TRUE(high_watermark_reaches(reader, to, 1));
    ASSERT_FALSE(producer->abort(patience));
    ASSERT_FALSE(producer->begin());
    ASSERT_FALSE(producer->produce(record_of(to, "done")));
    ASSERT_FALSE(producer->commit(patience));

    ASSERT_FALSE(reader.assign(std::vector{topic_partition{to, 0, 0}}));
    EXPECT_EQ(next_record(reader), std::pair(std::string{"done"}, std::int64_t{2}));
    EXPECT_EQ(next_end(reader), 4);
}

TEST_F(Transaction, EndsAtTheStableOffsetAndAgainBehindTheMarker)
{
    const auto to = topic("out");
    fill(connection, to, 3);
    const auto producer = ready_producer(connection, id("tx"));
    ASSERT_FALSE(producer->begin());
    ASSERT_FALSE(producer->produce(record_of(to, "undone")));
    partition_reader reader{connection, id("g"), isolation::read_committed};
    ASSERT_TRUE(high_watermark_reaches(reader, to, 4));

    ASSERT_FALSE(reader.assign(std::vector{topic_partition{to, 0, 1}}));
    EXPECT_EQ(next_record(reader).second, 1);
    EXPECT_EQ(next_record(reader).second, 2);
    EXPECT_EQ(next_end(reader), 3);
    ASSERT_FALSE(producer->abort(patience));
    EXPECT_EQ(next_end(reader), 5);
}

TEST_F(Transaction, OfADeadProducerIsEndedByTheNextWithItsName)
{
    const auto to = topic("out");
    partition_reader reader{connection, id("g"), isolation::read_committed};
    auto dead = ready_producer(connection, id("tx"));
    ASSERT_FALSE(dead->begin());
    ASSERT_FALSE(dead->produce(record_of(to, "undone")));
    ASSERT_TRUE(high_watermark_reaches(reader, to, 1));

    const auto heir = ready_producer(connection, id("tx"));
    ASSERT_FALSE(reader.assign(std::vector{topic_partition{to, 0, 0}}));
    while (next_end(reader) < 2) {
    }
    EXPECT_EQ(dead->commit(patience), errc::kafka_fenced) << dead->last_error();
}

TEST_F(Transaction, FailsAtItsCommitForARecordTheBrokerRefuses)
{
    const auto to = topic("out", 1, {{"max.message.bytes", "1000"}});
    const auto producer = ready_producer(connection, id("tx"));
    ASSERT_FALSE(producer->begin());
    ASSERT_FALSE(producer->produce(record_of(to, std::string(5'000, 'x'))));
    EXPECT_EQ(producer->commit(patience), errc::kafka_abortable);
    EXPECT_THAT(producer->last_error(), testing::HasSubstr("too large"));
    ASSERT_FALSE(producer->abort(patience));

    // librdkafka notices the gap in its sequence numbers once, and asks for one more abort.
    for (auto ec = make_error_code(errc::kafka_abortable);
         ec == errc::kafka_abortable && !HasFailure();) {
        ASSERT_FALSE(producer->begin());
        ASSERT_FALSE(producer->produce(record_of(to, "small")));
        ec = producer->commit(patience);
        EXPECT_FALSE(ec ? producer->abort(patience) : ec) << producer->last_error();
    }
    partition_reader reader{connection, id("g"), isolation::read_committed};
    ASSERT_FALSE(reader.assign(std::vector{topic_partition{to, 0, 0}}));
    EXPECT_EQ(next_record(reader).first, "small");
}

TEST_F(Transaction, StaysGoodAfterARecordThatCannotBeSent)
{
    const auto to = topic("out");
    const auto producer = ready_producer(connection, id("tx"));
    ASSERT_FALSE(producer->warm_up(to, patience));
    ASSERT_FALSE(producer->begin());
    EXPECT_EQ(producer->produce(record_of(to, "x", 7)), errc::kafka_rejected);
    EXPECT_EQ(producer->produce(record_of(to, std::string(5'000'000, 'x'))), errc::kafka_rejected);
    ASSERT_FALSE(producer->produce(record_of(to, "good")));
    EXPECT_FALSE(producer->commit(patience)) << producer->last_error();
}

TEST_F(Transaction, KeepsItsOffsetsUnstableUntilItIsDecided)
{
    const auto from = topic("in");
    fill(connection, from, 5);
    noting_listener listener;
    group_consumer member{connection, {.group = id("g"), .topic = from}, listener};
    poll_until(member, [&] { return listener.owned.contains(0); });
    partition_reader other{connection, id("g"), isolation::read_committed};
    const auto nothing = other.committed(from, 0, patience);
    ASSERT_TRUE(nothing);
    EXPECT_EQ(*nothing, -1);

    const auto producer = ready_producer(connection, id("tx"));
    ASSERT_FALSE(producer->begin());
    ASSERT_FALSE(producer->send_offsets(std::vector{topic_partition{from, 0, 3}}, member, patience)
    );
    for (const auto level : {isolation::read_committed, isolation::read_uncommitted}) {
        partition_reader asking{connection, id("g"), level};
        const auto undecided = asking.committed(from, 0, milliseconds{700});
        ASSERT_FALSE(undecided);
        EXPECT_EQ(undecided.error(), errc::kafka_timed_out);
    }
    ASSERT_FALSE(producer->commit(patience));
    const auto decided = other.committed(from, 0, patience);
    ASSERT_TRUE(decided);
    EXPECT_EQ(*decided, 3);
    member.close();
}

TEST_F(Transaction, TakesNoOffsetsOfAConsumerThatHasLeftItsGroup)
{
    const auto from = topic("in");
    noting_listener listener;
    noting_listener successor_listener;
    group_consumer member{connection, {.group = id("g"), .topic = from}, listener};
    poll_until(member, [&] { return listener.owned.contains(0); });
    const auto producer = ready_producer(connection, id("tx"));
    member.close();
    group_consumer successor{connection, {.group = id("g"), .topic = from}, successor_listener};
    poll_until(successor, [&] { return successor_listener.owned.contains(0); });

    ASSERT_FALSE(producer->begin());
    EXPECT_EQ(
        producer->send_offsets(std::vector{topic_partition{from, 0, 3}}, member, patience),
        errc::kafka_abortable
    );
    ASSERT_FALSE(producer->abort(patience));
    partition_reader other{connection, id("g"), isolation::read_committed};
    const auto committed = other.committed(from, 0, patience);
    ASSERT_TRUE(committed);
    EXPECT_EQ(*committed, -1);
    successor.close();
}

// A member that slept through its session: somebody else has its partition when it wakes up and
// commits.
TEST_F(Transaction, OfAZombieIsFencedByTheGenerationOfItsGroup)
{
    const auto from = topic("in");
    const auto to = topic("out");
    process zombie{
        {.program = KAFKA_MEMBER,
         .arguments = {connection.bootstrap_servers, id("g"), from, to},
         .environment = {},
         .standard_output = output::to_pipe(),
         .standard_error = {}}};
    ASSERT_EQ(zombie.read_line(patience), "assigned");  // and stops itself

    noting_listener listener;
    group_consumer heir{
        connection,
        {.group = id("g"), .topic = from, .session_timeout = milliseconds{6'000}},
        listener};
    poll_until(heir, [&] { return listener.owned.contains(0); });
    const auto producer = ready_producer(connection, id("heir"));
    ASSERT_FALSE(producer->begin());
    ASSERT_FALSE(producer->send_offsets(std::vector{topic_partition{from, 0, 10}}, heir, patience));
    ASSERT_FALSE(producer->commit(patience));

    zombie.signal(SIGCONT);
    EXPECT_EQ(zombie.read_line(patience), "abort");
    partition_reader reader{connection, id("g"), isolation::read_committed};
    const auto committed = reader.committed(from, 0, patience);
    ASSERT_TRUE(committed);
    EXPECT_EQ(*committed, 10);
    heir.close();
}

}  // namespace
}  // namespace rollcall::test
