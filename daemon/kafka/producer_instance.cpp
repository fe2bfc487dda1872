#include "kafka/producer_instance.hpp"

#include "kafka/statistics.hpp"

#include <algorithm>

namespace rollcall {

client_ptr producer_instance::start(
    const kafka_connection& connection, const producer::options& how
)
{
    const auto queue = std::clamp<std::size_t>(how.max_in_flight, 1, 10'000'000);
    property_list defaults{
        {"linger.ms", std::to_string(how.linger.count())},
        {"message.max.bytes", largest_record},
        {"queue.buffering.max.messages", std::to_string(queue)}};
    if (connection.statistics)
        defaults.emplace_back("statistics.interval.ms", client_statistics::interval_ms);
    auto conf = configure(
        connection,
        defaults,
        {{"enable.idempotence", "true"},
         {"acks", "all"},
         {"partitioner", "murmur2_random"},
         {"message.timeout.ms", std::to_string(how.timeout.count())}}
    );
    rd_kafka_conf_set_events(
        conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS
    );
    return start_client(RD_KAFKA_PRODUCER, std::move(conf));
}

}  // namespace rollcall
