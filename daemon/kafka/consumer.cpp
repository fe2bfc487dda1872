#include "kafka/consumer.hpp"

#include "kafka/client.hpp"
#include "kafka/positions.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <stdexcept>
#include <thread>

namespace rollcall {
namespace {

using std::chrono::steady_clock;

// Destroying never leaves the group by itself: that could block; `group_consumer::close` does it,
// within bounds.
struct destroy_unclosed {
    void operator()(rd_kafka_t* client) const noexcept
    {
        rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }
};
using consumer_ptr = std::unique_ptr<rd_kafka_t, destroy_unclosed>;

consumer_ptr start_consumer(conf_ptr conf)
{
    return consumer_ptr{start_client(RD_KAFKA_CONSUMER, std::move(conf)).release()};
}

property_list ours_for(const std::string& group, partition_reader::isolation level)
{
    return {
        {"group.id", group},
        {"isolation.level",
         level == partition_reader::isolation::read_committed ? "read_committed"
                                                              : "read_uncommitted"},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"enable.partition.eof", "true"},
        {"auto.offset.reset", "earliest"}};
}

// A broker answers as soon as it has a record. The wait matters where there is none: a partition
// that was just assigned, sought or resumed joins the next fetch only, and the end of a partition
// is told by an empty answer. socket.timeout.ms bounds questions to a broker that hangs.
property_list defaults_for(milliseconds fetch_wait)
{
    return {
        {"fetch.wait.max.ms", std::to_string(fetch_wait.count())},
        {"fetch.error.backoff.ms", "50"},
        {"socket.timeout.ms", "10000"}};
}

constexpr milliseconds group_fetch_wait{25};
constexpr milliseconds reader_fetch_wait{25};

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

// One message of librdkafka as what `poll` brings; nothing where the message is not to be seen.
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

}  // namespace

struct group_consumer::state {
    state(const kafka_connection& connection, const options& how_to, rebalance_listener& told)
        : how{how_to}, listener{told}, client{start_consumer(configuration(connection))}
    {
        rd_kafka_poll_set_consumer(client.get());
        const auto topics =
            native_positions(std::vector{topic_partition{how.topic, any_partition, 0}});
        if (const auto code = rd_kafka_subscribe(client.get(), topics.get()))
            throw std::runtime_error{std::string{"Kafka: subscribe: "} + rd_kafka_err2str(code)};
    }

    conf_ptr configuration(const kafka_connection& connection)
    {
        auto defaults = defaults_for(group_fetch_wait);
        // A member learns from the answer to a heartbeat that the group is being shared out anew.
        const auto heartbeat = std::min<std::int64_t>(1000, how.session_timeout.count() / 3);
        defaults.emplace_back("heartbeat.interval.ms", std::to_string(heartbeat));
        defaults.emplace_back(
            "max.poll.interval.ms",
            std::to_string(std::max(how.max_poll_interval, how.session_timeout).count())
        );
        auto ours = ours_for(how.group, partition_reader::isolation::read_committed);
        ours.emplace_back("partition.assignment.strategy", "cooperative-sticky");
        ours.emplace_back("session.timeout.ms", std::to_string(how.session_timeout.count()));
        auto conf = configure(connection, defaults, ours);
        rd_kafka_conf_set_opaque(conf.get(), this);
        rd_kafka_conf_set_rebalance_cb(conf.get(), on_rebalance);
        return conf;
    }

    // Called by librdkafka inside `poll` and `close`. An exception of the listener must not pass
    // through it.
    static void on_rebalance(
        rd_kafka_t*,
        rd_kafka_resp_err_t code,
        rd_kafka_topic_partition_list_t* partitions,
        void* opaque
    )
    {
        auto& self = *static_cast<state*>(opaque);
        try {
            self.rebalance(code, *partitions);
        } catch (...) {
            self.failure = std::current_exception();
        }
    }

    void rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t& partitions)
    {
        if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
            assign(partitions);
        else if (code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)
            give_up(partitions);
        else {
            kafka_log().warn("rebalance failed", {{"error", rd_kafka_err2str(code)}});
            rd_kafka_assign(client.get(), nullptr);
        }
    }

    void assign(rd_kafka_topic_partition_list_t& partitions)
    {
        // A start at a given offset keeps librdkafka from asking for the committed one, which would
        // leave the partition in a state that cannot be sought for as long as a predecessor's
        // transaction is open. Nothing is fetched from there: the partitions are paused, before
        // where librdkafka knows them already.
        for (int i = 0; i < partitions.cnt; ++i)
            partitions.elems[i].offset = 0;
        rd_kafka_pause_partitions(client.get(), &partitions);
        const error_ptr error{rd_kafka_incremental_assign(client.get(), &partitions)};
        if (error)
            throw std::runtime_error{
                std::string{"Kafka: assign: "} + rd_kafka_error_string(error.get())};
        rd_kafka_pause_partitions(client.get(), &partitions);
        listener.on_assigned(named(partitions));
    }

    void give_up(rd_kafka_topic_partition_list_t& partitions)
    {
        const auto which = named(partitions);
        std::exception_ptr thrown;
        try {
            if (rd_kafka_assignment_lost(client.get()))
                listener.on_lost(which);
            else
                listener.on_revoked(which);
        } catch (...) {
            thrown = std::current_exception();
        }
        for (const auto& one : which)
            positions.close(one.topic, one.partition);
        const error_ptr error{rd_kafka_incremental_unassign(client.get(), &partitions)};
        if (error) {
            kafka_log().warn("unassign failed", {{"error", rd_kafka_error_string(error.get())}});
            rd_kafka_assign(client.get(), nullptr);
        }
        if (thrown)
            std::rethrow_exception(thrown);
    }

    static std::vector<topic_partition> named(const rd_kafka_topic_partition_list_t& partitions)
    {
        std::vector<topic_partition> out;
        out.reserve(static_cast<std::size_t>(partitions.cnt));
        for (int i = 0; i < partitions.cnt; ++i)
            out.push_back({partitions.elems[i].topic, partitions.elems[i].partition, -1});
        return out;
    }

    error_code seek(std::int32_t partition, std::int64_t offset)
    {
        // A partition that was just assigned starts once others have stopped; that takes librdkafka
        // a moment.
        constexpr milliseconds patience{5'000};
        const auto deadline = steady_clock::now() + patience;
        for (;;) {
            const auto where = one(partition, offset);
            const error_ptr error{
                rd_kafka_seek_partitions(client.get(), where.get(), remaining_ms(deadline))};
            const auto code = error ? rd_kafka_error_code(error.get()) : where->elems[0].err;
            if (!code)
                return {};
            // librdkafka waits by the wall clock: a step of it ends the wait before its time.
            const bool passes = code == RD_KAFKA_RESP_ERR__STATE ||
                                code == RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS ||
                                code == RD_KAFKA_RESP_ERR__TIMED_OUT;
            if (!passes || remaining_ms(deadline) == 0) {
                kafka_log().warn(
                    "seek failed", {{"partition", partition}, {"error", rd_kafka_err2str(code)}}
                );
                return errc::kafka_retriable;
            }
            std::this_thread::sleep_for(milliseconds{1});
        }
    }

    void rethrow()
    {
        if (failure)
            std::rethrow_exception(std::exchange(failure, nullptr));
    }

    positions_ptr one(std::int32_t partition, std::int64_t offset) const
    {
        return native_positions(std::vector{topic_partition{how.topic, partition, offset}});
    }

    const options how;
    rebalance_listener& listener;
    read_positions positions;
    std::exception_ptr failure;
    bool closed = false;
    consumer_ptr client;  // last: it calls back into the rest
};

group_consumer::group_consumer(
    const kafka_connection& connection, const options& how, rebalance_listener& listener
)
    : state_{std::make_unique<state>(connection, how, listener)}
{
}

group_consumer::~group_consumer() = default;

polled group_consumer::poll(milliseconds timeout)
{
    const auto deadline = steady_clock::now() + timeout;
    do {
        auto* message = rd_kafka_consumer_poll(state_->client.get(), remaining_ms(deadline));
        state_->rethrow();
        if (!message)
            return {};
        if (auto seen = admit(state_->client.get(), message, state_->positions))
            return std::move(*seen);
    } while (remaining_ms(deadline) > 0);
    return {};
}

error_code group_consumer::seek(std::int32_t partition, std::int64_t offset)
{
    state_->positions.open(state_->how.topic, partition, offset);
    return state_->seek(partition, offset);
}

error_code group_consumer::pause(std::int32_t partition)
{
    const auto which = state_->one(partition, 0);
    const auto code = rd_kafka_pause_partitions(state_->client.get(), which.get());
    return code || which->elems[0].err ? errc::kafka_retriable : errc::ok;
}

error_code group_consumer::resume(std::int32_t partition)
{
    const auto which = state_->one(partition, 0);
    const auto code = rd_kafka_resume_partitions(state_->client.get(), which.get());
    if (code || which->elems[0].err)
        return errc::kafka_retriable;
    // librdkafka does not tell the thread that fetches; it would look for itself within a second. A
    // seek does.
    const auto* at = state_->positions.find(state_->how.topic, partition);
    return at && at->open ? state_->seek(partition, at->next) : error_code{};
}

void group_consumer::close()
{
    if (std::exchange(state_->closed, true))
        return;
    const auto deadline = steady_clock::now() + state_->how.close_timeout;
    const queue_ptr events{rd_kafka_queue_new(state_->client.get())};
    const error_ptr error{rd_kafka_consumer_close_queue(state_->client.get(), events.get())};
    // As messages, because whatever was fetched stands in the queue as well; callbacks are called
    // on the way.
    while (!error && !rd_kafka_consumer_closed(state_->client.get()) && remaining_ms(deadline) > 0)
        if (auto* late =
                rd_kafka_consume_queue(events.get(), std::min(100, remaining_ms(deadline))))
            rd_kafka_message_destroy(late);
    if (error)
        kafka_log().warn(
            "could not leave the group", {{"error", rd_kafka_error_string(error.get())}}
        );
    else if (!rd_kafka_consumer_closed(state_->client.get()))
        kafka_log().warn("could not leave the group in time", {{"group", state_->how.group}});
    state_->rethrow();
}

void* group_consumer::native() const
{
    return state_->client.get();
}

struct partition_reader::state {
    state(const kafka_connection& to, const std::string& of_group, isolation of_level)
        : connection{to}, group{of_group}, level{of_level}, reading{start(level)}
    {
        rd_kafka_poll_set_consumer(reading.get());
    }

    consumer_ptr start(isolation with) const
    {
        return start_consumer(
            configure(connection, defaults_for(reader_fetch_wait), ours_for(group, with))
        );
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

namespace {

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
