#include "kafka/group_consumer.hpp"

#include "kafka/consuming.hpp"
#include "kafka/statistics.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace rollcall {

using std::chrono::steady_clock;

struct group_consumer::state {
    state(const kafka_connection& connection, const options& how_to, rebalance_listener& told)
        : how{how_to},
          listener{told},
          statistics{connection.statistics},
          client{start_consumer(configuration(connection))}
    {
        rd_kafka_poll_set_consumer(client.get());
        const auto topics =
            native_positions(std::vector{topic_partition{how.topic, any_partition, 0}});
        if (const auto code = rd_kafka_subscribe(client.get(), topics.get()))
            throw std::runtime_error{std::string{"Kafka: subscribe: "} + rd_kafka_err2str(code)};
    }

    conf_ptr configuration(const kafka_connection& connection)
    {
        auto defaults = consumer_defaults();
        // A member learns from the answer to a heartbeat that the group is being shared out anew.
        const auto heartbeat = std::min<std::int64_t>(1000, how.session_timeout.count() / 3);
        defaults.emplace_back("heartbeat.interval.ms", std::to_string(heartbeat));
        defaults.emplace_back(
            "max.poll.interval.ms",
            std::to_string(std::max(how.max_poll_interval, how.session_timeout).count())
        );
        if (statistics)
            defaults.emplace_back("statistics.interval.ms", client_statistics::interval_ms);
        auto ours = consumer_properties(how.group, "read_committed");
        ours.emplace_back("partition.assignment.strategy", "cooperative-sticky");
        ours.emplace_back("session.timeout.ms", std::to_string(how.session_timeout.count()));
        auto conf = configure(connection, defaults, ours);
        rd_kafka_conf_set_opaque(conf.get(), this);
        rd_kafka_conf_set_rebalance_cb(conf.get(), on_rebalance);
        rd_kafka_conf_set_stats_cb(conf.get(), on_statistics);
        return conf;
    }

    // Called by librdkafka inside `poll` and `close`. The text stays librdkafka's.
    static int on_statistics(rd_kafka_t*, char* json, std::size_t size, void* opaque)
    {
        if (const auto& told = static_cast<state*>(opaque)->statistics)
            told->take("consumer", {json, size});
        return 0;
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
    const std::shared_ptr<client_statistics> statistics;  // null: nobody is told
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

std::optional<std::int64_t> group_consumer::known_end(std::int32_t partition) const
{
    std::int64_t first = RD_KAFKA_OFFSET_INVALID;
    std::int64_t end = RD_KAFKA_OFFSET_INVALID;
    const auto code = rd_kafka_get_watermark_offsets(
        state_->client.get(), state_->how.topic.c_str(), partition, &first, &end
    );
    return code || end < 0 ? std::nullopt : std::optional{end};
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

}  // namespace rollcall
