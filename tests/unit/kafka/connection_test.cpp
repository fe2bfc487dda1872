#include "kafka/connection.hpp"

#include "kafka/admin.hpp"
#include "kafka/group_consumer.hpp"
#include "kafka/partition_reader.hpp"
#include "kafka/producer.hpp"
#include "kafka/transactional_producer.hpp"
#include "kafka_mock/mock_cluster.hpp"

#include <gmock/gmock.h>

namespace rollcall::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Properties, ThatExactlyOnceRestsOnAreRefused)
{
    for (const auto* name :
         {"enable.idempotence",
          "acks",
          "request.required.acks",
          "transactional.id",
          "isolation.level",
          "enable.auto.commit",
          "auto.commit.enable",
          "enable.auto.offset.store",
          "group.id",
          "group.instance.id",
          "partition.assignment.strategy",
          "partitioner",
          "enable.partition.eof",
          "auto.offset.reset",
          "message.timeout.ms",
          "delivery.timeout.ms",
          "max.in.flight",
          "max.in.flight.requests.per.connection",
          "retries",
          "message.send.max.retries",
          "transaction.timeout.ms",
          "session.timeout.ms",
          "bootstrap.servers",
          "metadata.broker.list",
          "delivery.report.only.error",
          "test.mock.num.brokers",
          "dr_msg_cb",
          "rebalance_cb",
          "opaque"})
        EXPECT_THAT(refused_property(name), Not(IsEmpty())) << name;
}

TEST(Properties, AreTriedTogether)
{
    EXPECT_EQ(properties_fault({}), "");
    EXPECT_EQ(
        properties_fault(
            {{"security.protocol", "SASL_SSL"},
             {"sasl.mechanism", "SCRAM-SHA-512"},
             {"sasl.username", "u"},
             {"sasl.password", "hunter2"}}
        ),
        ""
    );
    EXPECT_THAT(
        properties_fault(
            {{"security.protocol", "SASL_SSL"},
             {"sasl.mechanism", "PLAIN"},
             {"sasl.password", "hunter2"}}
        ),
        AllOf(HasSubstr("sasl.username"), Not(HasSubstr("hunter2")))
    );
    EXPECT_THAT(
        properties_fault({{"security.protocol", "SSL"}, {"ssl.ca.location", "/nowhere.pem"}}),
        HasSubstr("ssl.ca.location failed")
    );
    EXPECT_THAT(
        properties_fault(
            {{"security.protocol", "SSL"}, {"ssl.certificate.location", "/nowhere.pem"}}
        ),
        HasSubstr("ssl.certificate.location failed")
    );
}

TEST(Properties, ForConnectionAndTuningAreTaken)
{
    for (const auto* name :
         {"security.protocol",
          "sasl.password",
          "ssl.ca.location",
          "compression.codec",
          "linger.ms",
          "debug"})
        EXPECT_THAT(refused_property(name), IsEmpty()) << name;
}

TEST(Properties, AreCheckedByLibrdkafka)
{
    EXPECT_THAT(property_fault("security.protocol", "SASL_SSL"), IsEmpty());
    EXPECT_THAT(property_fault("security.protocol", "sometimes"), HasSubstr("security.protocol"));
    EXPECT_THAT(property_fault("no.such.property", "1"), HasSubstr("no.such.property"));
    EXPECT_THAT(property_fault("linger.ms", "-5"), Not(IsEmpty()));
}

TEST(Properties, WinOverOurDefaultsButNotOverOurs)
{
    mock_cluster cluster;
    auto connection = cluster.connection();
    connection.properties = {{"acks", "1"}, {"linger.ms", "7"}, {"socket.timeout.ms", "60000"}};
    // An idempotent producer with acks=1, or a transaction shorter than a socket's time-out, would
    // not start.
    EXPECT_NO_THROW((producer{connection, {}}));
    EXPECT_NO_THROW((transactional_producer{connection, "t", milliseconds{5'000}}));
}

TEST(Properties, ThatLibrdkafkaRefusesAreThrownWithItsWords)
{
    const kafka_connection connection{
        .bootstrap_servers = "127.0.0.1:1", .client_id = "test", .properties = {{"acks", "2000"}}};
    try {
        admin refused{connection};
        FAIL() << "taken";
    } catch (const std::runtime_error& e) {
        EXPECT_THAT(e.what(), HasSubstr("acks"));
    }
}

TEST(Version, IsTheLibrarysOwn)
{
    EXPECT_THAT(librdkafka_version(), testing::MatchesRegex("[0-9]+[.].*"));
}

TEST(Admin, TellsNoBrokerFromNoTopic)
{
    mock_cluster cluster;
    cluster.make_topic("there", 3);
    admin topics{cluster.connection()};
    cluster.go_down();
    const auto unknown = topics.describe("there", milliseconds{300});
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error(), errc::kafka_timed_out);
    EXPECT_THAT(topics.last_error(), Not(IsEmpty()));
}

struct deaf_listener : rebalance_listener {
    void on_assigned(std::span<const topic_partition>) override {}
    void on_revoked(std::span<const topic_partition>) override {}
    void on_lost(std::span<const topic_partition>) override {}
};

TEST(Reader, GivesUpInTimeWhereNoBrokerIs)
{
    mock_cluster cluster;
    cluster.make_topic("t", 1);
    cluster.go_down();
    partition_reader reader{cluster.connection(), "g", partition_reader::isolation::read_committed};
    const auto start = std::chrono::steady_clock::now();
    constexpr milliseconds timeout{200};
    EXPECT_EQ(reader.committed("t", 0, timeout).error(), errc::kafka_timed_out);
    EXPECT_EQ(reader.query_watermarks("t", 0, timeout).error(), errc::kafka_timed_out);
    EXPECT_EQ(reader.offset_at("t", 0, timestamp{}, timeout).error(), errc::kafka_timed_out);
    EXPECT_EQ(reader.partition_count("t", timeout).error(), errc::kafka_timed_out);
    EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds{2'500});
}

TEST(GroupConsumer, ClosesInTimeWhereNoBrokerIs)
{
    mock_cluster cluster;
    cluster.go_down();
    deaf_listener listener;
    group_consumer member{
        cluster.connection(),
        {.group = "g", .topic = "t", .close_timeout = milliseconds{500}},
        listener};
    EXPECT_TRUE(std::holds_alternative<std::monostate>(member.poll(milliseconds{50})));
    const auto start = std::chrono::steady_clock::now();
    member.close();
    EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds{2'000});
}

}  // namespace
}  // namespace rollcall::test
