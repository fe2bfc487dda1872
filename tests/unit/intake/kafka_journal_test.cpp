#include "intake/kafka_journal.hpp"

#include "kafka_mock/mock_cluster.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <optional>
#include <thread>

namespace rollcall::test {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

class KafkaJournal : public testing::Test {
protected:
    KafkaJournal() { cluster.make_topic("intake", 3); }

    static intake_record record()
    {
        intake_record one;
        one.key = "bot_1";
        one.body = R"({"trigger":"bot.state_change"})";
        one.source = "sales";
        one.provider = "attendee";
        one.received_at = timestamp{milliseconds{1'786'698'004'002}};
        return one;
    }

    // The outcome of `append`, and on which thread it came.
    error_code append(producer& to)
    {
        kafka_journal journal{to, "intake"};
        std::optional<error_code> outcome;
        std::thread::id completed_on;
        const auto session = [](kafka_journal& into,
                                std::optional<error_code>& ec,
                                std::thread::id& on) -> asio::awaitable<void> {
            ec = co_await into.append(record());
            on = std::this_thread::get_id();
        };
        asio::io_context io;
        asio::co_spawn(io, session(journal, outcome, completed_on), [](std::exception_ptr e) {
            EXPECT_FALSE(e);
        });
        io.run();
        EXPECT_EQ(completed_on, std::this_thread::get_id());
        EXPECT_TRUE(outcome.has_value());
        return outcome.value_or(make_error_code(errc::bad_record));
    }

    mock_cluster cluster;
};

constexpr milliseconds patience{10'000};

TEST_F(KafkaJournal, HasStoredWhatTheBrokerAcknowledged)
{
    producer to{cluster.connection(), {.timeout = patience}};
    EXPECT_FALSE(append(to));
}

TEST_F(KafkaJournal, SaysInTimeThatNobodyAcknowledged)
{
    producer to{cluster.connection(), {.timeout = milliseconds{400}}};
    EXPECT_FALSE(append(to));
    cluster.go_down();
    const auto start = steady_clock::now();
    EXPECT_EQ(append(to), errc::kafka_timed_out);
    EXPECT_LT(steady_clock::now() - start, milliseconds{700});
}

TEST_F(KafkaJournal, SaysWhatTheBrokerRefused)
{
    producer to{cluster.connection(), {.timeout = patience}};
    cluster.refuse(request::produce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
    EXPECT_EQ(append(to), errc::kafka_rejected);
}

TEST_F(KafkaJournal, TakesNoMoreThanMayBeInFlight)
{
    producer to{cluster.connection(), {.timeout = patience, .max_in_flight = 0}};
    EXPECT_EQ(append(to), errc::overloaded);
}

TEST_F(KafkaJournal, DoesNotKnowWhatBecameOfARecordWhoseProducerFailed)
{
    cluster.refuse(request::init_producer_id, {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED});
    producer to{cluster.connection(), {.timeout = patience}};
    EXPECT_EQ(append(to), errc::kafka_timed_out);
}

}  // namespace
}  // namespace rollcall::test
