#include "kafka/consuming.hpp"

namespace rollcall {
namespace {

std::string_view topic_of(const rd_kafka_message_t& message)
{
    return message.rkt ? rd_kafka_topic_name(message.rkt) : std::string_view{};
}

bool is_refusal(rd_kafka_resp_err_t code)
{
    // A topic that does not exist yet may be there soon; the consumer goes on asking.
    return class_of(code) == errc::kafka_rejected &&
           code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART &&
           code != RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC && code != RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

error_code consumer_error(rd_kafka_t* client, const rd_kafka_message_t& message)
{
    std::string words = rd_kafka_message_errstr(&message);
    const auto code = root_cause(client, message.err, words);
    kafka_log().warn("consumer reports", {{"error", words}, {"topic", topic_of(message)}});
    if (is_finished(client))
        return class_of(code) == errc::kafka_fenced ? errc::kafka_fenced : errc::kafka_fatal;
    return is_refusal(code) ? errc::kafka_rejected : errc::kafka_retriable;
}

bool is_leftover(rd_kafka_t* client, const rd_kafka_message_t& message, const read_position& at)
{
    if (message.offset >= at.next)
        return false;
    std::int64_t low = 0;
    std::int64_t high = 0;
    const auto code = rd_kafka_get_watermark_offsets(
        client, rd_kafka_topic_name(message.rkt), message.partition, &low, &high
    );
    return code || is_stale(at, message.offset, high);
}

}  // namespace

consumer_ptr start_consumer(conf_ptr conf)
{
    return consumer_ptr{start_client(RD_KAFKA_CONSUMER, std::move(conf)).release()};
}

property_list consumer_properties(const std::string& group, const std::string& isolation)
{
    return {
        {"group.id", group},
        {"isolation.level", isolation},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"enable.partition.eof", "true"},
        {"auto.offset.reset", "earliest"}};
}

// A broker answers as soon as it has a record. The wait matters where there is none: a partition
// that was just assigned, sought or resumed joins the next fetch only, and the end of a partition
// is told by an empty answer. socket.timeout.ms bounds questions to a broker that hangs.
property_list consumer_defaults()
{
    return {
        {"fetch.wait.max.ms", "25"},
        {"fetch.error.backoff.ms", "50"},
        {"socket.timeout.ms", "10000"}};
}

std::optional<polled> admit(rd_kafka_t* client, rd_kafka_message_t* raw, read_positions& positions)
{
    consumed_record message{raw};
    const bool end = raw->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (raw->err && !end)
        return polled{consumer_error(client, *raw)};
    auto* at = positions.find(topic_of(*raw), raw->partition);
    if (!at || !at->open || is_leftover(client, *raw, *at))
        return std::nullopt;
    if (end) {
        at->next = raw->offset;
        return polled{end_of_partition{std::string{topic_of(*raw)}, raw->partition, raw->offset}};
    }
    at->next = raw->offset + 1;
    return polled{std::move(message)};
}

}  // namespace rollcall
