#include "kafka/client.hpp"

#include "kafka/broker_trouble.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <thread>

namespace rollcall {
namespace {

void set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value)
{
    std::array<char, 512> words{};
    const auto outcome =
        rd_kafka_conf_set(conf, name.c_str(), value.c_str(), words.data(), words.size());
    if (outcome != RD_KAFKA_CONF_OK)
        throw std::runtime_error{"Kafka: property " + name + ": " + words.data()};
}

// librdkafka calls it from any of its threads. Its `error` is a lost connection, which it mends
// itself.
void on_log(const rd_kafka_t* client, int level, const char* facility, const char* words)
{
    const log_field from{"client", rd_kafka_name(client)};
    const log_field what{"facility", facility};
    constexpr int critical = 2;
    constexpr int warning = 4;
    constexpr int info = 6;
    // A producer's property on a consumer and the like.
    const bool of_no_interest = level > info || std::string_view{facility} == "CONFWARN";
    if (of_no_interest)
        kafka_log().debug(words, {from, what});
    else if (level <= critical)
        kafka_log().error(words, {from, what});
    else if (level <= warning)
        kafka_log().warn(words, {from, what});
    else
        kafka_log().info(words, {from, what});
}

// OpenSSL has decided; what librdkafka logs then names the reason, too.
int on_certificate(
    rd_kafka_t* /*client*/,
    const char* broker,
    std::int32_t /*broker_id*/,
    int* x509_error,
    int /*depth*/,
    const char* /*der*/,
    std::size_t /*size*/,
    char* words,
    std::size_t room,
    void* /*opaque*/
)
{
    return judge_certificate(*x509_error, broker, words, room);
}

// Whether it is worth asking again for a topic's metadata.
bool passes(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
           code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT ||
           code == RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE;
}

rd_kafka_resp_err_t fault_in(const rd_kafka_metadata_t& metadata)
{
    if (metadata.topic_cnt != 1)
        return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    const auto& topic = metadata.topics[0];
    if (topic.err)
        return topic.err;
    for (int i = 0; i < topic.partition_cnt; ++i)
        if (topic.partitions[i].err && topic.partitions[i].leader < 0)
            return topic.partitions[i].err;
    return topic.partition_cnt > 0 ? RD_KAFKA_RESP_ERR_NO_ERROR
                                   : RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

}  // namespace

const stage_log& kafka_log()
{
    static const stage_log log{"kafka"};
    return log;
}

conf_ptr configure(
    const kafka_connection& connection, const property_list& defaults, const property_list& ours
)
{
    conf_ptr conf{rd_kafka_conf_new()};
    set(conf.get(), "client.id", connection.client_id);
    set(conf.get(), "socket.nagle.disable", "true");
    // A broker that comes back is found within a second; librdkafka would let 10 pass.
    set(conf.get(), "reconnect.backoff.max.ms", "1000");
    for (const auto& [name, value] : defaults)
        set(conf.get(), name, value);
    for (const auto& [name, value] : connection.properties)
        set(conf.get(), name, value);
    for (const auto& [name, value] : ours)
        set(conf.get(), name, value);
    set(conf.get(), "bootstrap.servers", connection.bootstrap_servers);
    rd_kafka_conf_set_log_cb(conf.get(), on_log);
    rd_kafka_conf_set_ssl_cert_verify_cb(conf.get(), on_certificate);
    return conf;
}

client_ptr start_client(rd_kafka_type_t type, conf_ptr conf)
{
    std::array<char, 512> words{};
    client_ptr client{rd_kafka_new(type, conf.get(), words.data(), words.size())};
    if (!client)
        throw std::runtime_error{std::string{"Kafka: "} + words.data()};
    (void)conf.release();  // librdkafka's since rd_kafka_new succeeded
    return client;
}

rd_kafka_resp_err_t root_cause(rd_kafka_t* client, rd_kafka_resp_err_t code, std::string& words)
{
    if (code != RD_KAFKA_RESP_ERR__FATAL)
        return code;
    std::array<char, 512> said{};
    const auto cause = rd_kafka_fatal_error(client, said.data(), said.size());
    if (!cause)
        return code;
    words = said.data();
    return cause;
}

bool is_finished(rd_kafka_t* client)
{
    return rd_kafka_fatal_error(client, nullptr, 0) != 0;
}

errc class_of(rd_kafka_resp_err_t code)
{
    switch (code) {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            return errc::ok;
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
            return errc::overloaded;
        case RD_KAFKA_RESP_ERR__FATAL:
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
        case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
        case RD_KAFKA_RESP_ERR__DESTROY:
            return errc::kafka_fatal;
        case RD_KAFKA_RESP_ERR__FENCED:
        case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
        case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
        case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
            return errc::kafka_fenced;
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_INVALID_MSG:
        case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
        case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
        case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        case RD_KAFKA_RESP_ERR__INVALID_ARG:
        case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
        case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
            return errc::kafka_rejected;
        default:
            return errc::kafka_timed_out;  // no answer that settles it
    }
}

result<metadata_ptr> fetch_metadata(
    rd_kafka_t* client, rd_kafka_topic_t* topic, milliseconds timeout, std::string& words
)
{
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    for (;;) {
        const rd_kafka_metadata_t* answer = nullptr;
        auto code = rd_kafka_metadata(client, 0, topic, &answer, remaining_ms(deadline));
        metadata_ptr metadata{answer};
        if (!code)
            code = fault_in(*metadata);
        if (!code)
            return metadata;
        words = rd_kafka_err2str(code);
        if (!passes(code))
            return error_code{class_of(code)};
        if (remaining_ms(deadline) == 0)
            return error_code{errc::kafka_timed_out};
        std::this_thread::sleep_for(milliseconds{std::min(20, remaining_ms(deadline))});
    }
}

headers_ptr native_headers(const headers& in)
{
    headers_ptr out{rd_kafka_headers_new(in.size())};
    for (const auto& [name, value] : in)
        rd_kafka_header_add(
            out.get(),
            name.data(),
            static_cast<ssize_t>(name.size()),
            value.data(),
            static_cast<ssize_t>(value.size())
        );
    return out;
}

error_ptr enqueue(
    rd_kafka_t* client, rd_kafka_topic_t* topic, const outgoing_record& record, void* opaque
)
{
    std::array<rd_kafka_vu_t, 8> said{};
    std::size_t count = 0;
    const auto say = [&](rd_kafka_vtype_t type) -> auto& {
        said[count].vtype = type;
        return said[count++].u;
    };
    say(RD_KAFKA_VTYPE_RKT).rkt = topic;
    say(RD_KAFKA_VTYPE_PARTITION).i32 = record.partition;
    if (record.value) {
        auto& value = say(RD_KAFKA_VTYPE_VALUE).mem;
        // Only read: RD_KAFKA_MSG_F_COPY. A null pointer would be a tombstone.
        value.ptr = const_cast<char*>(record.value->data() ? record.value->data() : "");
        value.size = record.value->size();
    }
    say(RD_KAFKA_VTYPE_MSGFLAGS).i = RD_KAFKA_MSG_F_COPY;
    say(RD_KAFKA_VTYPE_OPAQUE).ptr = opaque;
    if (record.key) {
        auto& key = say(RD_KAFKA_VTYPE_KEY).mem;
        key.ptr = const_cast<char*>(record.key->data());
        key.size = record.key->size();
    }
    if (record.at)
        say(RD_KAFKA_VTYPE_TIMESTAMP).i64 = record.at->time_since_epoch().count();
    headers_ptr with;
    if (record.with && !record.with->empty()) {
        with = native_headers(*record.with);
        say(RD_KAFKA_VTYPE_HEADERS).headers = with.get();
    }
    error_ptr error{rd_kafka_produceva(client, said.data(), count)};
    if (!error)
        (void)with.release();  // librdkafka's since the record was accepted
    return error;
}

positions_ptr native_positions(std::span<const topic_partition> positions)
{
    positions_ptr list{rd_kafka_topic_partition_list_new(static_cast<int>(positions.size()))};
    for (const auto& one : positions)
        rd_kafka_topic_partition_list_add(list.get(), one.topic.c_str(), one.partition)->offset =
            one.offset;
    return list;
}

int remaining_ms(steady_time deadline)
{
    const auto left = deadline - std::chrono::steady_clock::now();
    const auto whole = std::chrono::ceil<milliseconds>(left).count();
    return static_cast<int>(std::clamp<std::int64_t>(whole, 0, 3'600'000));
}

rd_kafka_topic_t* topic_handles::find(std::string_view topic)
{
    const auto known = handles_.find(topic);
    if (known != handles_.end())
        return known->second.get();
    std::string name{topic};
    topic_ptr made{rd_kafka_topic_new(client_, name.c_str(), nullptr)};
    if (!made)
        return nullptr;
    return handles_.emplace(std::move(name), std::move(made)).first->second.get();
}

std::vector<std::string> topic_handles::names() const
{
    std::vector<std::string> out;
    out.reserve(handles_.size());
    for (const auto& [name, handle] : handles_)
        out.push_back(name);
    return out;
}

}  // namespace rollcall
