#include "kafka/transactional_producer.hpp"

#include "kafka/group_consumer.hpp"
#include "kafka_mock/mock_cluster.hpp"

#include <gmock/gmock.h>

#include <chrono>

namespace rollcall::test {
namespace {

using std::chrono::steady_clock;

constexpr milliseconds patience{10'000};

class TransactionalProducer : public testing::Test {
protected:
    TransactionalProducer() { cluster.make_topic("attendance", 1); }

    outgoing_record record() const
    {
        return {
            .topic = "attendance",
            .partition = 0,
            .key = std::nullopt,
            .value = "value",
            .with = nullptr,
            .at = std::nullopt};
    }

    error_code whole_transaction()
    {
        if (const auto ec = producer.begin())
            return ec;
        if (const auto ec = producer.produce(record()))
            return ec;
        return producer.commit(patience);
    }

    mock_cluster cluster;
    transactional_producer producer{cluster.connection(), "test", milliseconds{10'000}};
};

TEST_F(TransactionalProducer, WorksThroughWhatPasses)
{
    cluster.refuse(
        request::init_producer_id,
        {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS}
    );
    ASSERT_FALSE(producer.init(patience)) << producer.last_error();
    cluster.refuse(
        request::add_partitions_to_txn,
        {RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR}
    );
    cluster.refuse(
        request::end_txn,
        {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
         RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
         RD_KAFKA_RESP_ERR__TRANSPORT}
    );
    EXPECT_FALSE(whole_transaction()) << producer.last_error();
}

TEST_F(TransactionalProducer, AsksForAnAbortWhereARecordWasRefused)
{
    ASSERT_FALSE(producer.init(patience));
    cluster.refuse(request::add_partitions_to_txn, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
    EXPECT_EQ(whole_transaction(), errc::kafka_abortable);
    EXPECT_THAT(producer.last_error(), testing::Not(testing::IsEmpty()));
    ASSERT_FALSE(producer.abort(patience)) << producer.last_error();
    EXPECT_FALSE(whole_transaction()) << producer.last_error();
}

TEST_F(TransactionalProducer, RefusesRecordsOfATransactionThatHasFailed)
{
    ASSERT_FALSE(producer.init(patience));
    cluster.refuse(request::add_partitions_to_txn, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
    ASSERT_EQ(whole_transaction(), errc::kafka_abortable);
    EXPECT_EQ(producer.produce(record()), errc::kafka_abortable);
}

struct end_of_txn {
    std::string name;
    rd_kafka_resp_err_t error;
    errc outcome;
};
class EndOfTransaction : public TransactionalProducer,
                         public testing::WithParamInterface<end_of_txn> {};
TEST_P(EndOfTransaction, IsToldByItsClass)
{
    ASSERT_FALSE(producer.init(patience));
    cluster.refuse(request::end_txn, {GetParam().error});
    EXPECT_EQ(whole_transaction(), GetParam().outcome) << producer.last_error();
    EXPECT_THAT(producer.last_error(), testing::Not(testing::IsEmpty()));
}
const end_of_txn ends[] = {
    {"ForgottenProducer", RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, errc::kafka_abortable},
    {"LostMapping", RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING, errc::kafka_abortable},
    {"OldEpoch", RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, errc::kafka_fenced},
    {"Fenced", RD_KAFKA_RESP_ERR_PRODUCER_FENCED, errc::kafka_fenced},
    {"WrongState", RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, errc::kafka_fatal},
    {"NotAllowed", RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, errc::kafka_fatal},
};
INSTANTIATE_TEST_SUITE_P(Errors, EndOfTransaction, testing::ValuesIn(ends), [](const auto& one) {
    return one.param.name;
});

TEST_F(TransactionalProducer, DoesNotKnowWhatBecameOfACommitWithoutAnswer)
{
    ASSERT_FALSE(producer.init(patience));
    ASSERT_FALSE(whole_transaction());
    cluster.delay(request::end_txn, 1, 5'000);
    ASSERT_FALSE(producer.begin());
    ASSERT_FALSE(producer.produce(record()));
    const auto start = steady_clock::now();
    EXPECT_EQ(producer.commit(milliseconds{500}), errc::kafka_timed_out);
    EXPECT_LT(steady_clock::now() - start, milliseconds{1'500});
}

TEST_F(TransactionalProducer, KeepsItsTimeOutsWhileNoBrokerIsThere)
{
    ASSERT_FALSE(producer.init(patience));
    ASSERT_FALSE(producer.begin());
    ASSERT_FALSE(producer.produce(record()));
    cluster.go_down();
    const auto start = steady_clock::now();
    EXPECT_EQ(producer.commit(milliseconds{400}), errc::kafka_timed_out);
    transactional_producer heir{cluster.connection(), "test", milliseconds{10'000}};
    EXPECT_EQ(heir.init(milliseconds{400}), errc::kafka_timed_out);
    EXPECT_EQ(heir.warm_up("attendance", milliseconds{400}), errc::kafka_timed_out);
    EXPECT_LT(steady_clock::now() - start, milliseconds{3'000});
    cluster.come_up();
    EXPECT_FALSE(heir.init(patience)) << heir.last_error();
}

TEST_F(TransactionalProducer, IsFinishedWhereItMayNotBegin)
{
    cluster.refuse(
        request::init_producer_id, {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED}
    );
    EXPECT_EQ(producer.init(patience), errc::kafka_fatal) << producer.last_error();
}

TEST_F(TransactionalProducer, IsFencedByItsEpoch)
{
    ASSERT_FALSE(producer.init(patience));
    cluster.refuse(request::add_partitions_to_txn, {RD_KAFKA_RESP_ERR_PRODUCER_FENCED});
    EXPECT_EQ(whole_transaction(), errc::kafka_fenced) << producer.last_error();
    EXPECT_EQ(producer.produce(record()), errc::kafka_fenced) << producer.last_error();
}

TEST_F(TransactionalProducer, IsFinishedWhereItIsUsedOutOfOrder)
{
    ASSERT_FALSE(producer.init(patience));
    EXPECT_EQ(producer.commit(patience), errc::kafka_fatal);
}

struct no_listener : rebalance_listener {
    bool owns = false;
    void on_assigned(std::span<const topic_partition> partitions) override
    {
        owns = !partitions.empty();
    }
    void on_revoked(std::span<const topic_partition>) override {}
    void on_lost(std::span<const topic_partition>) override {}
};

class Offsets : public TransactionalProducer {
protected:
    Offsets()
    {
        cluster.make_topic("intake", 1);
        const auto until = steady_clock::now() + patience;
        while (!listener.owns && steady_clock::now() < until)
            member.poll(milliseconds{50});
        EXPECT_TRUE(listener.owns);
        EXPECT_FALSE(producer.init(patience));
        EXPECT_FALSE(producer.begin());
    }
    ~Offsets() override { member.close(); }

    error_code send()
    {
        return producer.send_offsets(
            std::vector{topic_partition{"intake", 0, 1}}, member, patience
        );
    }

    no_listener listener;
    group_consumer member{cluster.connection(), {.group = "g", .topic = "intake"}, listener};
};

TEST_F(Offsets, GoAgainWhereItMayWork)
{
    cluster.refuse(request::add_offsets_to_txn, {RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS});
    cluster.refuse(
        request::txn_offset_commit,
        {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR}
    );
    EXPECT_FALSE(send()) << producer.last_error();
    EXPECT_FALSE(producer.commit(patience)) << producer.last_error();
}

TEST_F(Offsets, AskForAnAbortWhereTheGenerationIsOver)
{
    for (const auto error :
         {RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID}) {
        cluster.refuse(request::txn_offset_commit, {error});
        EXPECT_EQ(send(), errc::kafka_abortable) << rd_kafka_err2name(error);
        ASSERT_FALSE(producer.abort(patience)) << producer.last_error();
        ASSERT_FALSE(producer.begin());
    }
    EXPECT_FALSE(send()) << producer.last_error();
}

TEST_F(Offsets, AreFencedWithTheProducer)
{
    cluster.refuse(request::txn_offset_commit, {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH});
    EXPECT_EQ(send(), errc::kafka_fenced) << producer.last_error();
}

TEST_F(Offsets, AreLeftInDoubtWhileNoBrokerIsThere)
{
    cluster.go_down();
    EXPECT_EQ(
        producer.send_offsets(
            std::vector{topic_partition{"intake", 0, 1}}, member, milliseconds{400}
        ),
        errc::kafka_timed_out
    );
    const auto start = steady_clock::now();
    member.close();
    EXPECT_LT(steady_clock::now() - start, milliseconds{6'000});
}

}  // namespace
}  // namespace rollcall::test
