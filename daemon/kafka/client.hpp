#pragma once

#include "core/errors.hpp"
#include "core/intake_record.hpp"
#include "core/log.hpp"
#include "core/time.hpp"
#include "kafka/connection.hpp"
#include "kafka/record.hpp"

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

// What the files of kafka/ share and nobody else sees: librdkafka's objects with owners, its
// configuration, its errors.
namespace rollcall {

template <auto Destroy>
struct destroy_with {
    template <class Native>
    void operator()(Native* native) const noexcept
    {
        Destroy(native);
    }
};
using client_ptr = std::unique_ptr<rd_kafka_t, destroy_with<rd_kafka_destroy>>;
using conf_ptr = std::unique_ptr<rd_kafka_conf_t, destroy_with<rd_kafka_conf_destroy>>;
using error_ptr = std::unique_ptr<rd_kafka_error_t, destroy_with<rd_kafka_error_destroy>>;
using event_ptr = std::unique_ptr<rd_kafka_event_t, destroy_with<rd_kafka_event_destroy>>;
using queue_ptr = std::unique_ptr<rd_kafka_queue_t, destroy_with<rd_kafka_queue_destroy>>;
using topic_ptr = std::unique_ptr<rd_kafka_topic_t, destroy_with<rd_kafka_topic_destroy>>;
using headers_ptr = std::unique_ptr<rd_kafka_headers_t, destroy_with<rd_kafka_headers_destroy>>;
using metadata_ptr =
    std::unique_ptr<const rd_kafka_metadata_t, destroy_with<rd_kafka_metadata_destroy>>;
using positions_ptr = std::unique_ptr<
    rd_kafka_topic_partition_list_t,
    destroy_with<rd_kafka_topic_partition_list_destroy>>;

using property_list = std::vector<std::pair<std::string, std::string>>;
using steady_time = std::chrono::steady_clock::time_point;

/// The default of message.max.bytes, for key and value. Topics must allow for more than that,
/// because headers are not counted here: then a record that is too large is refused by us, alone,
/// and not by the broker with its transaction.
inline constexpr auto largest_record = "2000000";

/// The configuration of one client. `defaults` give way to what the settings say; `ours` do not.
/// Throws `std::runtime_error` with librdkafka's words where it refuses a value.
conf_ptr configure(
    const kafka_connection& connection, const property_list& defaults, const property_list& ours
);

/// Starts a client. Throws `std::runtime_error` with librdkafka's words.
client_ptr start_client(rd_kafka_type_t type, conf_ptr conf);

/// What stands behind `ERR__FATAL`, and librdkafka's words for it; otherwise `code` itself.
rd_kafka_resp_err_t root_cause(rd_kafka_t* client, rd_kafka_resp_err_t code, std::string& words);

/// Whether a fatal error has ended this client. librdkafka then answers a hand-over with the error
/// that caused it.
bool is_finished(rd_kafka_t* client);

/// How an error outside of transactions is to be met; `errc::ok` where there is none.
errc class_of(rd_kafka_resp_err_t code);

/// The topic's metadata, asked of a broker again and again until it is complete or the time is
/// over. A topic that does not exist is `errc::kafka_rejected`. `words` gets librdkafka's for an
/// error.
result<metadata_ptr> fetch_metadata(
    rd_kafka_t* client, rd_kafka_topic_t* topic, milliseconds timeout, std::string& words
);

headers_ptr native_headers(const headers& in);

/// Hands a record to librdkafka, which copies it. Nothing is kept of `opaque` where there is an
/// error.
error_ptr enqueue(
    rd_kafka_t* client, rd_kafka_topic_t* topic, const outgoing_record& record, void* opaque
);

positions_ptr native_positions(std::span<const topic_partition> positions);

/// Milliseconds until `deadline`, rounded up, never negative: librdkafka takes a negative time-out
/// for "for ever".
int remaining_ms(steady_time deadline);

const stage_log& kafka_log();

/// A topic's handle, made once: looking a topic up by its name costs librdkafka a lock and an
/// allocation a record.
class topic_handles {
public:
    explicit topic_handles(rd_kafka_t* client) : client_{client} {}

    /// Nothing where librdkafka refuses the name. Not synchronised.
    rd_kafka_topic_t* find(std::string_view topic);
    std::vector<std::string> names() const;

private:
    rd_kafka_t* client_;
    std::map<std::string, topic_ptr, std::less<>> handles_;
};

}  // namespace rollcall
