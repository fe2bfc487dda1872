#include "kafka/producer.hpp"

#include "kafka_mock/mock_cluster.hpp"
#include "support/eventually.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <map>

namespace rollcall::test {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr milliseconds patience{10'000};

// Every report, by the record's number.
struct reports {
    std::map<int, int> calls;
    std::map<int, error_code> outcome;
    std::map<int, delivery> where;

    std::size_t completed_once() const
    {
        std::size_t count = 0;
        for (const auto& [number, times] : calls)
            count += times == 1 ? 1U : 0U;
        return count;
    }
};

class Producer : public testing::Test {
protected:
    Producer() { cluster.make_topic("intake", 4); }

    outgoing_record record() const
    {
        return {
            .topic = "intake",
            .partition = any_partition,
            .key = "meeting",
            .value = "value",
            .with = nullptr,
            .at = std::nullopt};
    }

    void send(producer& to, int number, std::string_view topic = "intake")
    {
        auto one = record();
        one.topic = topic;
        to.async_produce(one, asio::bind_executor(io, [this, number](error_code ec, delivery at) {
                             ++seen.calls[number];
                             seen.outcome[number] = ec;
                             seen.where[number] = at;
                         }));
    }

    // One record, from hand-over to report.
    error_code outcome_of_one(producer& to)
    {
        seen = {};
        send(to, 0);
        io.run();
        io.restart();
        EXPECT_EQ(seen.calls[0], 1);
        return seen.outcome[0];
    }

    mock_cluster cluster;
    asio::io_context io;
    reports seen;
};

TEST_F(Producer, ReportsWhereARecordStands)
{
    producer to{cluster.connection(), {.timeout = patience}};
    EXPECT_FALSE(outcome_of_one(to));
    EXPECT_EQ(seen.where[0].offset, 0);
    EXPECT_FALSE(outcome_of_one(to));
    EXPECT_EQ(seen.where[0].offset, 1);  // the same key, the same partition
}

TEST_F(Producer, CompletesACoroutineOnItsExecutor)
{
    producer to{cluster.connection(), {.timeout = patience}};
    bool done = false;
    const auto session = [](producer& with, const outgoing_record one, bool& finished
                         ) -> asio::awaitable<void> {
        const auto [ec, where] =
            co_await with.async_produce(one, asio::as_tuple(asio::use_awaitable));
        EXPECT_FALSE(ec);
        finished = true;
    };
    asio::co_spawn(io, session(to, record(), done), [](std::exception_ptr e) { EXPECT_FALSE(e); });
    io.run();
    EXPECT_TRUE(done);
}

TEST_F(Producer, TriesAgainWhatMayWork)
{
    producer to{cluster.connection(), {.timeout = patience}};
    cluster.refuse(
        request::produce,
        {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
         RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
         RD_KAFKA_RESP_ERR__TRANSPORT}
    );
    EXPECT_FALSE(outcome_of_one(to));
}

TEST_F(Producer, SaysWhatTheBrokerRefuses)
{
    producer to{cluster.connection(), {.timeout = patience}};
    cluster.refuse(request::produce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
    EXPECT_EQ(outcome_of_one(to), errc::kafka_rejected);
    EXPECT_FALSE(outcome_of_one(to));
}

TEST_F(Producer, SaysWhereTheClusterWouldTakeNoRecord)
{
    producer to{cluster.connection(), {.timeout = patience}};
    cluster.refuse(request::produce, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
    EXPECT_EQ(outcome_of_one(to), errc::kafka_retriable);
    // As soon as it has asked for the topic again.
    EXPECT_TRUE(eventually(patience, [&] { return !outcome_of_one(to); }));
}

TEST_F(Producer, KeepsItsTimeOutWhileNoBrokerIsThere)
{
    constexpr milliseconds timeout{700};
    producer to{cluster.connection(), {.timeout = timeout}};
    EXPECT_FALSE(outcome_of_one(to));
    cluster.go_down();
    for (int round = 0; round < 3; ++round) {
        const auto start = steady_clock::now();
        EXPECT_EQ(outcome_of_one(to), errc::kafka_timed_out);
        EXPECT_THAT(
            std::chrono::duration_cast<milliseconds>(steady_clock::now() - start).count(),
            testing::AllOf(testing::Ge(timeout.count()), testing::Lt(timeout.count() + 250))
        );
    }
    cluster.come_up();
    error_code ec = errc::kafka_timed_out;
    for (int round = 0; round < 20 && ec == errc::kafka_timed_out; ++round)
        ec = outcome_of_one(to);
    EXPECT_FALSE(ec);
}

TEST_F(Producer, RefusesAtOnceWhatIsTooMuch)
{
    cluster.go_down();
    producer to{cluster.connection(), {.timeout = milliseconds{500}, .max_in_flight = 10}};
    for (int number = 0; number < 15; ++number)
        send(to, number);
    io.run();
    EXPECT_EQ(seen.completed_once(), 15U);
    for (int number = 0; number < 15; ++number)
        EXPECT_EQ(seen.outcome[number], number < 10 ? errc::kafka_timed_out : errc::overloaded)
            << number;
}

TEST_F(Producer, IsReplacedAfterAFatalError)
{
    cluster.refuse(request::init_producer_id, {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED});
    producer to{cluster.connection(), {.timeout = patience}};
    for (int number = 0; number < 100; ++number)
        send(to, number);
    io.run();
    io.restart();
    EXPECT_EQ(seen.completed_once(), 100U);
    EXPECT_EQ(seen.outcome[0], errc::kafka_fatal);

    const auto until = steady_clock::now() + patience;
    error_code ec = errc::kafka_fatal;
    while (ec == errc::kafka_fatal && steady_clock::now() < until)
        ec = outcome_of_one(to);
    EXPECT_FALSE(ec) << ec.message();
}

TEST_F(Producer, CompletesWhatIsPendingWhenItGoes)
{
    {
        producer to{cluster.connection(), {.timeout = milliseconds{300}}};
        EXPECT_FALSE(outcome_of_one(to));
        seen = {};
        cluster.delay(request::produce, 10, 3'000);
        for (int number = 0; number < 100; ++number)
            send(to, number);
    }
    io.run();
    EXPECT_EQ(seen.completed_once(), 100U);
    for (const auto& [number, ec] : seen.outcome)
        EXPECT_THAT(ec, testing::AnyOf(errc::kafka_timed_out, errc::stopped)) << number;
}

TEST_F(Producer, DeliversWhatIsPendingWhenItGoes)
{
    {
        producer to{cluster.connection(), {.timeout = patience, .linger = milliseconds{2'000}}};
        for (int number = 0; number < 100; ++number)
            send(to, number);
    }
    io.run();
    EXPECT_EQ(seen.completed_once(), 100U);
    for (const auto& [number, ec] : seen.outcome)
        EXPECT_FALSE(ec) << number << ": " << ec.message();
}

TEST_F(Producer, LetsNoThrowingHandlerHideAnother)
{
    producer to{cluster.connection(), {.timeout = patience, .linger = milliseconds{50}}};
    for (int number = 0; number < 10; ++number)
        to.async_produce(record(), asio::bind_executor(io, [this, number](error_code, delivery) {
                             ++seen.calls[number];
                             if (number % 3 == 0)
                                 throw std::runtime_error{"handler"};
                         }));
    int thrown = 0;
    for (bool again = true; again;) {
        try {
            io.run();
            again = false;
        } catch (const std::runtime_error&) {
            ++thrown;
        }
    }
    EXPECT_EQ(thrown, 4);
    EXPECT_EQ(seen.completed_once(), 10U);
}

TEST_F(Producer, CompletesEveryHandlerOnceThroughAStorm)
{
    constexpr int records = 2'000;
    {
        producer to{cluster.connection(), {.timeout = milliseconds{1'500}}};
        for (int number = 0; number < records; ++number) {
            if (number % 100 == 0)
                cluster.refuse(
                    request::produce,
                    {RD_KAFKA_RESP_ERR__TRANSPORT,
                     RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                     RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                     RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS}
                );
            if (number == records / 2)
                cluster.go_down();
            if (number == records * 3 / 4)
                cluster.come_up();
            send(to, number);
            io.poll();
        }
    }
    io.restart();
    io.run();
    EXPECT_EQ(seen.completed_once(), static_cast<std::size_t>(records));
}

TEST_F(Producer, AsksForATopicsMetadata)
{
    producer to{cluster.connection(), {.timeout = patience}};
    EXPECT_FALSE(to.warm_up("intake", patience));
    cluster.go_down();
    EXPECT_EQ(to.warm_up("other", milliseconds{200}), errc::kafka_timed_out);
}

}  // namespace
}  // namespace rollcall::test
