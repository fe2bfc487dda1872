#include "kafka/partitioner.hpp"

#include <librdkafka/rdkafka.h>

namespace rollcall {

std::int32_t partition_of(std::string_view key, std::int32_t partitions)
{
    // Neither the topic nor the opaques are looked at.
    return rd_kafka_msg_partitioner_murmur2(
        nullptr, key.data(), key.size(), partitions, nullptr, nullptr
    );
}

}  // namespace rollcall
