#include "scene.hpp"

#include <random>

namespace rollcall::test {
namespace {

using isolation = partition_reader::isolation;

class Member : public KafkaScene {
protected:
    group_consumer::options how(const std::string& from)
    {
        return {.group = id("g"), .topic = from};
    }
};

TEST_F(Member, GetsNothingBeforeItSeeksAndResumes)
{
    const auto from = topic("in");
    fill(connection, from, 10);
    noting_listener listener;
    group_consumer member{connection, how(from), listener};
    poll_until(member, [&] { return listener.owned.contains(0); });
    EXPECT_TRUE(std::holds_alternative<std::monostate>(member.poll(milliseconds{300})));
    ASSERT_FALSE(member.seek(0, 4));
    EXPECT_TRUE(std::holds_alternative<std::monostate>(member.poll(milliseconds{300})));
    ASSERT_FALSE(member.resume(0));
    EXPECT_EQ(next_record(member), std::pair(std::string{"4"}, std::int64_t{4}));
    member.close();
}

TEST_F(Member, SeeksAPartitionThatWasJustAssigned)
{
    const auto from = topic("in", 3);
    for (int partition = 0; partition < 3; ++partition)
        fill(connection, from, 10, partition);
    noting_listener listener;
    group_consumer member{connection, how(from), listener};
    listener.when_assigned = [&](std::int32_t partition) {
        EXPECT_FALSE(member.seek(partition, 9));
        EXPECT_FALSE(member.resume(partition));
    };
    std::set<std::int32_t> seen;
    std::set<std::int32_t> ended;
    while (ended.size() < 3) {
        const auto next = next_of(member);
        if (const auto* record = std::get_if<consumed_record>(&next)) {
            EXPECT_EQ(record->offset(), 9);
            EXPECT_TRUE(seen.insert(record->partition()).second);
        } else if (const auto* end = std::get_if<end_of_partition>(&next)) {
            EXPECT_EQ(end->offset, 10);
            ended.insert(end->partition);
        } else {
            break;
        }
    }
    EXPECT_EQ(seen.size(), 3U);
    member.close();
}

// Back and forth, with pauses, while records stream: the next record is always the one that was
// sought.
TEST_F(Member, ReadsOnFromWhereItSought)
{
    constexpr int records = 3'000;
    const auto from = topic("in");
    fill(connection, from, records);
    noting_listener listener;
    group_consumer member{connection, how(from), listener};
    poll_until(member, [&] { return listener.owned.contains(0); });
    ASSERT_FALSE(member.resume(0));

    std::mt19937 random{7};
    for (int round = 0; round < 100 && !HasFailure(); ++round) {
        auto expected = static_cast<std::int64_t>(random() % records);
        const auto way = random() % 4;
        if (way == 1) {
            ASSERT_FALSE(member.pause(0));
        }
        ASSERT_FALSE(member.seek(0, expected));
        if (way == 2) {
            ASSERT_FALSE(member.pause(0));
        }
        if (way == 1 || way == 2) {
            ASSERT_FALSE(member.resume(0));
        }
        for (auto reads = random() % 300; reads > 0 && expected < records; --reads) {
            ASSERT_EQ(next_record(member).second, expected++);
            if (random() % 100 == 0) {  // a pause in the middle loses and repeats nothing
                ASSERT_FALSE(member.pause(0));
                EXPECT_TRUE(std::holds_alternative<std::monostate>(member.poll(milliseconds{1})));
                ASSERT_FALSE(member.resume(0));
            }
        }
    }
    member.close();
}

TEST_F(Member, TellsTheEndAgainAfterItHasMoved)
{
    const auto from = topic("in");
    noting_listener listener;
    group_consumer member{connection, how(from), listener};
    poll_until(member, [&] { return listener.owned.contains(0); });
    ASSERT_FALSE(member.seek(0, 0));
    ASSERT_FALSE(member.resume(0));
    EXPECT_EQ(next_end(member), 0);
    fill(connection, from, 1);
    EXPECT_EQ(next_record(member).second, 0);
    EXPECT_EQ(next_end(member), 1);
    member.close();
}

TEST_F(Member, ReadsATopicThatWasMadeAnewFromItsBeginning)
{
    const auto from = topic("in");
    fill(connection, from, 3);
    noting_listener listener;
    group_consumer member{connection, how(from), listener};
    poll_until(member, [&] { return listener.owned.contains(0); });
    ASSERT_FALSE(member.seek(0, 1'000));  // committed when the topic had more
    ASSERT_FALSE(member.resume(0));
    EXPECT_EQ(next_record(member).second, 0);
    member.close();
}

TEST_F(Member, HandsPartitionsOverOneByOne)
{
    const auto from = topic("in", 4);
    noting_listener first_listener;
    noting_listener second_listener;
    group_consumer first{connection, how(from), first_listener};
    poll_until(first, [&] { return first_listener.owned.size() == 4; });
    group_consumer second{connection, how(from), second_listener};
    const auto until = std::chrono::steady_clock::now() + patience;
    while (second_listener.owned.size() < 2 && std::chrono::steady_clock::now() < until) {
        first.poll(milliseconds{10});
        second.poll(milliseconds{10});
    }
    EXPECT_EQ(first_listener.owned.size(), 2U);
    EXPECT_EQ(first_listener.revoked, second_listener.owned);  // the other two never stopped
    EXPECT_TRUE(first_listener.lost.empty());

    first.close();
    EXPECT_TRUE(first_listener.owned.empty());
    const auto closed = std::chrono::steady_clock::now();
    poll_until(second, [&] { return second_listener.owned.size() == 4; });
    EXPECT_LT(
        std::chrono::steady_clock::now() - closed, std::chrono::seconds{6}
    );  // not the session's time-out
    second.close();
}

TEST_F(Member, LetsTheListenersExceptionOut)
{
    const auto from = topic("in");
    noting_listener listener;
    listener.when_assigned = [](std::int32_t) { throw std::runtime_error{"no room"}; };
    group_consumer member{connection, how(from), listener};
    EXPECT_THROW(
        poll_until(member, [&] { return listener.owned.contains(0); }), std::runtime_error
    );
    member.close();
}

class Reader : public KafkaScene {};

TEST_F(Reader, FindsTheFirstRecordOfATime)
{
    const auto from = topic("in");
    const auto producer = ready_producer(connection, id("tx"));
    ASSERT_FALSE(producer->begin());
    for (const int second : {10, 20, 30}) {
        auto record = record_of(from, "x");
        record.at = timestamp{std::chrono::seconds{1'700'000'000 + second}};
        ASSERT_FALSE(producer->produce(record));
    }
    ASSERT_FALSE(producer->commit(patience));

    partition_reader reader{connection, id("g"), isolation::read_committed};
    const auto offset_at = [&](int second) {
        const auto found = reader.offset_at(
            from, 0, timestamp{std::chrono::seconds{1'700'000'000 + second}}, patience
        );
        return found ? *found : -1;
    };
    EXPECT_EQ(offset_at(0), 0);
    EXPECT_EQ(offset_at(20), 1);
    EXPECT_EQ(offset_at(21), 2);
    const auto marks = reader.query_watermarks(from, 0, patience);
    ASSERT_TRUE(marks);
    EXPECT_GE(marks->high, 3);  // and one more as soon as the marker is written
    EXPECT_GE(offset_at(31), 3);
}

TEST_F(Reader, CountsPartitionsAndKnowsWhatDoesNotExist)
{
    const auto from = topic("in", 5);
    partition_reader reader{connection, id("g"), isolation::read_committed};
    const auto count = reader.partition_count(from, patience);
    ASSERT_TRUE(count);
    EXPECT_EQ(*count, 5);
    const auto absent = reader.partition_count(id("absent"), patience);
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error(), errc::kafka_rejected);
}

TEST_F(Reader, ReadsWhatItWasLastTold)
{
    const auto one = topic("one");
    const auto two = topic("two", 2);
    fill(connection, one, 1'000);
    fill(connection, two, 10, 1);
    partition_reader reader{connection, id("g"), isolation::read_uncommitted};
    for (int round = 0; round < 20 && !HasFailure(); ++round) {
        ASSERT_FALSE(reader.assign(std::vector{topic_partition{one, 0, 500}}));
        for (int i = 500; i < 520; ++i)
            EXPECT_EQ(next_record(reader).second, i);
        ASSERT_FALSE(reader.assign(std::vector{topic_partition{two, 1, 7}}));
        for (int i = 7; i < 10; ++i)
            EXPECT_EQ(next_record(reader).second, i);
        EXPECT_EQ(next_end(reader), 10);
    }
}

TEST_F(Reader, GivesAllOfARecord)
{
    const auto from = topic("in");
    const auto producer = ready_producer(connection, id("tx"));
    const headers with{{"a", "1"}, {"b", ""}, {"a", "2"}};
    auto record = record_of(from, "value");
    record.key = "key";
    record.with = &with;
    record.at = timestamp{milliseconds{1'700'000'000'123}};
    ASSERT_FALSE(producer->begin());
    ASSERT_FALSE(producer->produce(record));
    ASSERT_FALSE(producer->commit(patience));

    partition_reader reader{connection, id("g"), isolation::read_committed};
    ASSERT_FALSE(reader.assign(std::vector{topic_partition{from, 0, 0}}));
    const auto seen = next_of(reader);
    const auto& got = std::get<consumed_record>(seen);
    EXPECT_EQ(got.topic(), from);
    EXPECT_EQ(got.partition(), 0);
    EXPECT_EQ(got.key(), "key");
    EXPECT_EQ(got.value(), "value");
    EXPECT_EQ(got.at(), *record.at);
    EXPECT_EQ(got.all_headers(), with);
    EXPECT_EQ(got.header("a"), "2");
    EXPECT_EQ(got.header("c"), "");
}

}  // namespace
}  // namespace rollcall::test
