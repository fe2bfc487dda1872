#pragma once

#include "kafka/client.hpp"
#include "kafka/positions.hpp"
#include "kafka/record.hpp"

#include <librdkafka/rdkafka.h>

#include <memory>
#include <optional>
#include <string>

// What `group_consumer` and `partition_reader` have in common, and nobody else sees.
namespace rollcall {

/// Destroying never leaves the group by itself: that could block; `group_consumer::close` does it,
/// within bounds.
struct destroy_unclosed {
    void operator()(rd_kafka_t* client) const noexcept
    {
        rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }
};
using consumer_ptr = std::unique_ptr<rd_kafka_t, destroy_unclosed>;

/// Throws `std::runtime_error` with librdkafka's words.
consumer_ptr start_consumer(conf_ptr conf);

/// The properties that no setting changes. `isolation` is librdkafka's `isolation.level`.
property_list consumer_properties(const std::string& group, const std::string& isolation);
/// Those that settings may change.
property_list consumer_defaults();

/// One message of librdkafka, which becomes ours, as what `poll` brings; nothing where it is not to
/// be seen: it was fetched before the last seek, or nobody has said where to read from.
std::optional<polled> admit(rd_kafka_t* client, rd_kafka_message_t* raw, read_positions& positions);

}  // namespace rollcall
