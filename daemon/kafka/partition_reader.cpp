#include "kafka/partition_reader.hpp"

#include "kafka/consuming.hpp"

#include <algorithm>
#include <map>
#include <thread>
#include <utility>
#include <vector>

namespace rollcall {
namespace {

using std::chrono::steady_clock;

// Calls until there is an answer, a refusal, or the time is over.
template <class Call>
error_code ask(milliseconds timeout, const char* what, Call call)
{
    const auto deadline = steady_clock::now() + timeout;
    for (;;) {
        const rd_kafka_resp_err_t code = call(remaining_ms(deadline));
        const auto ec = class_of(code);
        if (ec == errc::ok)
            return {};
        if (ec == errc::kafka_rejected || ec == errc::kafka_fatal || remaining_ms(deadline) == 0) {
            kafka_log().warn(
                "no answer from Kafka", {{"question", what}, {"error", rd_kafka_err2str(code)}}
            );
            return ec;
        }
        std::this_thread::sleep_for(milliseconds{std::min(20, remaining_ms(deadline))});
    }
}

// How long `assign` asks for a topic's leaders before it leaves that to librdkafka.
constexpr milliseconds metadata_wait{2'000};

}  // namespace

struct partition_reader::state {
    state(const kafka_connection& to, const std::string& of_group, isolation of_level)
        : connection{to}, group{of_group}, level{of_level}, reading{start(level)}
    {
        rd_kafka_poll_set_consumer(reading.get());
    }

    consumer_ptr start(isolation with) const
    {
        const auto* const name =
            with == isolation::read_committed ? "read_committed" : "read_uncommitted";
        const auto ours = consumer_properties(group, name);
        return start_consumer(configure(connection, consumer_defaults(), ours));
    }

    // librdkafka derives from isolation.level what it asks for: committed offsets are stable ones
    // only for `read_committed`, the end of a partition is the high watermark only for
    // `read_uncommitted`. So a reader needs a second client for the question its own level cannot
    // answer.
    rd_kafka_t* of(isolation with)
    {
        if (with == level)
            return reading.get();
        if (!asking)
            asking = start(with);
        return asking.get();
    }

    const kafka_connection connection;
    const std::string group;
    const isolation level;
    read_positions positions;
    consumer_ptr reading;
    consumer_ptr asking;
};

partition_reader::partition_reader(
    const kafka_connection& connection, const std::string& group, isolation level
)
    : state_{std::make_unique<state>(connection, group, level)}
{
}

partition_reader::~partition_reader() = default;

result<std::int64_t> partition_reader::committed(
    const std::string& topic, std::int32_t partition, milliseconds timeout
)
{
    auto* client = state_->of(isolation::read_committed);
    std::int64_t offset = -1;
    const auto ec = ask(timeout, "committed offset", [&](int ms) {
        const auto list = native_positions(std::vector{topic_partition{topic, partition, -1}});
        const auto code = rd_kafka_committed(client, list.get(), ms);
        offset = list->elems[0].offset;
        // An offset that stayed unstable over librdkafka's own retries is no error to it, but "no
        // offset".
        return code ? code : list->elems[0].err;
    });
    if (ec)
        return ec;
    return offset < 0 ? -1 : offset;
}

result<watermarks> partition_reader::query_watermarks(
    const std::string& topic, std::int32_t partition, milliseconds timeout
)
{
    auto* client = state_->of(isolation::read_uncommitted);
    watermarks marks;
    const auto ec = ask(timeout, "watermarks", [&](int ms) {
        return rd_kafka_query_watermark_offsets(
            client, topic.c_str(), partition, &marks.low, &marks.high, ms
        );
    });
    if (ec)
        return ec;
    return marks;
}

result<std::int64_t> partition_reader::offset_at(
    const std::string& topic, std::int32_t partition, timestamp at, milliseconds timeout
)
{
    const auto deadline = steady_clock::now() + timeout;
    auto* client = state_->of(isolation::read_uncommitted);
    std::int64_t offset = -1;
    const auto ec = ask(timeout, "offset of a time", [&](int ms) {
        const auto list = native_positions(std::vector{
            topic_partition{topic, partition, at.time_since_epoch().count()}});
        const auto code = rd_kafka_offsets_for_times(client, list.get(), ms);
        offset = list->elems[0].offset;
        return code ? code : list->elems[0].err;
    });
    if (ec)
        return ec;
    if (offset >= 0)
        return offset;
    const auto marks = query_watermarks(topic, partition, milliseconds{remaining_ms(deadline)});
    if (!marks)
        return marks.error();
    return marks->high;
}

result<std::int32_t> partition_reader::partition_count(
    const std::string& topic, milliseconds timeout
)
{
    const topic_ptr handle{rd_kafka_topic_new(state_->reading.get(), topic.c_str(), nullptr)};
    if (!handle)
        return error_code{errc::kafka_rejected};
    std::string words;
    const auto metadata = fetch_metadata(state_->reading.get(), handle.get(), timeout, words);
    if (!metadata) {
        kafka_log().warn("no metadata", {{"topic", topic}, {"error", words}});
        return metadata.error();
    }
    return (*metadata)->topics[0].partition_cnt;
}

error_code partition_reader::assign(std::span<const topic_partition> positions)
{
    state_->positions.clear();
    for (const auto& one : positions)
        state_->positions.open(one.topic, one.partition, one.offset);
    // Without this librdkafka looks for a new topic's leader once a second, and the first record
    // waits for that.
    std::map<std::string, topic_ptr> known;
    for (const auto& one : positions) {
        auto& handle = known[one.topic];
        if (handle)
            continue;
        handle.reset(rd_kafka_topic_new(state_->reading.get(), one.topic.c_str(), nullptr));
        std::string words;
        if (handle && !fetch_metadata(state_->reading.get(), handle.get(), metadata_wait, words))
            kafka_log().warn("no metadata yet", {{"topic", one.topic}, {"error", words}});
    }
    const auto list = native_positions(positions);
    const auto code = rd_kafka_assign(state_->reading.get(), list.get());
    return code ? class_of(code) : errc::ok;
}

polled partition_reader::poll(milliseconds timeout)
{
    const auto deadline = steady_clock::now() + timeout;
    do {
        auto* message = rd_kafka_consumer_poll(state_->reading.get(), remaining_ms(deadline));
        if (!message)
            return {};
        if (auto seen = admit(state_->reading.get(), message, state_->positions))
            return std::move(*seen);
    } while (remaining_ms(deadline) > 0);
    return {};
}

}  // namespace rollcall
