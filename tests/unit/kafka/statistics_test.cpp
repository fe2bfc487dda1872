#include "kafka/statistics.hpp"

#include "kafka/producer.hpp"
#include "kafka_mock/mock_cluster.hpp"
#include "support/eventually.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

// As librdkafka 2.0.2 wrote it, without most of it.
constexpr auto document = R"({ "name": "rollcall#producer-1", "type": "producer", "msg_cnt": 22710,
 "msg_size": 704010, "brokers": {
  "localhost:9092/2": { "name": "localhost:9092/2", "state": "UP", "req_timeouts": 2,
   "rtt": { "min": 1580, "max": 3389, "p99": 3375 }, "throttle": { "min": 0, "max": 250 } },
  "localhost:9093/3": { "state": "UP", "req_timeouts": 1, "rtt": { "p99": 5000 },
   "throttle": { "max": 0 } },
  "GroupCoordinator": { "state": "INIT", "req_timeouts": 0, "rtt": { "p99": 0 } } } })";

TEST(KafkaStatistics, TellOfTheSlowestBroker)
{
    const auto figures = read_statistics(document);
    EXPECT_EQ(figures.queued_messages, 22'710U);
    EXPECT_EQ(figures.queued_bytes, 704'010U);
    EXPECT_EQ(figures.brokers_up, 2U);
    EXPECT_DOUBLE_EQ(figures.round_trip_seconds, 0.005);
    EXPECT_DOUBLE_EQ(figures.throttled_seconds, 0.25);
    EXPECT_EQ(figures.timed_out_requests, 3U);
}

TEST(KafkaStatistics, AnythingElseIsNothing)
{
    for (const auto* text :
         {"",
          "[]",
          "{",
          R"({"brokers":[],"msg_cnt":"7"})",
          R"({"brokers":{"a":1,"b":{"rtt":[]}},"msg_cnt":-1})"}) {
        const auto figures = read_statistics(text);
        EXPECT_EQ(figures.queued_messages, 0U) << text;
        EXPECT_EQ(figures.brokers_up, 0U) << text;
    }
}

TEST(KafkaStatistics, AProducerTellsOfItself)
{
    test::mock_cluster cluster;
    const auto told = std::make_shared<client_statistics>();
    auto connection = cluster.connection();
    connection.properties["statistics.interval.ms"] = "50";
    connection.statistics = told;
    const producer sends{connection, {}};
    EXPECT_TRUE(test::eventually(20s, [&] { return told->read()["producer"].brokers_up > 0; }));
}

}  // namespace
}  // namespace rollcall
