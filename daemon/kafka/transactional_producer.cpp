#include "kafka/transactional_producer.hpp"

#include "kafka/client.hpp"
#include "kafka/group_consumer.hpp"

#include <algorithm>
#include <thread>

namespace rollcall {
namespace {

using std::chrono::steady_clock;

// librdkafka refuses a socket.timeout.ms that is longer than the transaction's.
property_list timeouts(const kafka_connection& connection, milliseconds transaction_timeout)
{
    property_list ours{{"transaction.timeout.ms", std::to_string(transaction_timeout.count())}};
    const auto set_by_hand = connection.properties.find("socket.timeout.ms");
    if (set_by_hand == connection.properties.end())
        return ours;
    const auto longest = std::max<std::int64_t>(transaction_timeout.count() - 100, 900);
    const auto wanted = std::strtoll(set_by_hand->second.c_str(), nullptr, 10);
    ours.emplace_back("socket.timeout.ms", std::to_string(std::min<std::int64_t>(wanted, longest)));
    return ours;
}

conf_ptr transactional_configuration(
    const kafka_connection& connection,
    const std::string& transactional_id,
    milliseconds transaction_timeout
)
{
    auto ours = timeouts(connection, transaction_timeout);
    ours.insert(
        ours.end(),
        {{"transactional.id", transactional_id},
         {"enable.idempotence", "true"},
         {"acks", "all"},
         {"partitioner", "murmur2_random"}}
    );
    // A transaction ends with a flush, so waiting for more records would only add to a lone
    // record's way.
    return configure(connection, {{"linger.ms", "0"}, {"message.max.bytes", largest_record}}, ours);
}

// librdkafka may ask for an abort although the request to commit is on its way already ("EndTxn
// failed, but the transaction had already failed"). An abort is right only where a record was not
// delivered, so that nothing was asked of the broker, or where the broker itself named the reason:
// its codes are positive.
bool certainly_not_committed(const rd_kafka_error_t& error)
{
    const auto code = rd_kafka_error_code(&error);
    return code == RD_KAFKA_RESP_ERR__INCONSISTENT || code > 0;
}

using membership_ptr = std::unique_ptr<
    rd_kafka_consumer_group_metadata_t,
    destroy_with<rd_kafka_consumer_group_metadata_destroy>>;

std::string member_id(rd_kafka_t* consumer)
{
    char* id = rd_kafka_memberid(consumer);
    std::string out = id ? id : "";
    if (id)
        rd_kafka_mem_free(consumer, id);
    return out;
}

// The group's metadata as of now, or nothing where the consumer is not a member. A consumer that
// has left (it was not polled in time, the broker has forgotten it) has no member id and no
// generation, and offsets sent without them are taken by the broker unchecked, for the sake of
// clients older than KIP-447: a zombie would pass. A member id is never given twice, so the same
// one before and after means that the metadata has it too.
membership_ptr membership(rd_kafka_t* consumer)
{
    const auto before = member_id(consumer);
    membership_ptr metadata{rd_kafka_consumer_group_metadata(consumer)};
    const bool same = !before.empty() && member_id(consumer) == before;
    if (!same || rd_kafka_assignment_lost(consumer))
        return nullptr;
    return metadata;
}

}  // namespace

struct transactional_producer::state {
    std::string last_error;
    std::string last_failed_delivery;
    client_ptr client;
    topic_handles topics;

    explicit state(conf_ptr conf) : client{start(std::move(conf))}, topics{client.get()} {}

    client_ptr start(conf_ptr conf)
    {
        rd_kafka_conf_set_opaque(conf.get(), this);
        rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery_report);
        return start_client(RD_KAFKA_PRODUCER, std::move(conf));
    }

    // Served inside `commit` and `produce`. A failed delivery makes the commit fail by itself; only
    // its words are kept. Reports of success are asked for as well: they wake the flush inside the
    // commit, which otherwise looks only every 10 ms.
    static void on_delivery_report(rd_kafka_t*, const rd_kafka_message_t* report, void* opaque)
    {
        if (report->err)
            static_cast<state*>(opaque)->last_failed_delivery = rd_kafka_err2str(report->err);
    }

    error_code fail(errc with, std::string words)
    {
        last_error = std::move(words);
        return with;
    }

    error_code classify_error(const rd_kafka_error_t& error)
    {
        std::string words = rd_kafka_error_string(&error);
        if (!last_failed_delivery.empty())
            words += " (a record: " + std::exchange(last_failed_delivery, {}) + ")";
        const auto code = root_cause(client.get(), rd_kafka_error_code(&error), words);
        const bool fenced = class_of(code) == errc::kafka_fenced;
        if (rd_kafka_error_is_fatal(&error) ||
            rd_kafka_error_code(&error) == RD_KAFKA_RESP_ERR__FATAL)
            return fail(fenced ? errc::kafka_fenced : errc::kafka_fatal, std::move(words));
        if (code == RD_KAFKA_RESP_ERR__FENCED)
            return fail(errc::kafka_fenced, std::move(words));
        if (rd_kafka_error_txn_requires_abort(&error))
            return fail(errc::kafka_abortable, std::move(words));
        if (rd_kafka_error_is_retriable(&error))
            return fail(errc::kafka_retriable, std::move(words));
        if (code == RD_KAFKA_RESP_ERR__TIMED_OUT)
            return fail(errc::kafka_timed_out, std::move(words));
        // Not allowed in this state, refused by the broker for good, and so on: nothing but a new
        // one helps.
        return fail(errc::kafka_fatal, std::move(words));
    }

    // Calls until it is done, fails for good, or the time is over; librdkafka resumes a call that
    // is made again.
    template <class Call>
    error_code persist(milliseconds timeout, Call call)
    {
        const auto deadline = steady_clock::now() + timeout;
        for (;;) {
            const error_ptr error{call(remaining_ms(deadline))};
            if (!error)
                return {};
            const auto ec = classify_error(*error);
            if (ec != errc::kafka_retriable)
                return ec;
            if (remaining_ms(deadline) == 0)
                return errc::kafka_timed_out;
            std::this_thread::sleep_for(milliseconds{std::min(5, remaining_ms(deadline))});
        }
    }
};

transactional_producer::transactional_producer(
    const kafka_connection& connection,
    const std::string& transactional_id,
    milliseconds transaction_timeout
)
    : state_{std::make_unique<state>(
          transactional_configuration(connection, transactional_id, transaction_timeout)
      )}
{
}

transactional_producer::~transactional_producer() = default;

error_code transactional_producer::init(milliseconds timeout)
{
    return state_->persist(timeout, [this](int ms) {
        return rd_kafka_init_transactions(state_->client.get(), ms);
    });
}

error_code transactional_producer::warm_up(const std::string& topic, milliseconds timeout)
{
    auto* handle = state_->topics.find(topic);
    if (!handle)
        return state_->fail(errc::kafka_rejected, "not a topic's name");
    return fetch_metadata(state_->client.get(), handle, timeout, state_->last_error).error();
}

error_code transactional_producer::begin()
{
    state_->last_failed_delivery.clear();
    const error_ptr error{rd_kafka_begin_transaction(state_->client.get())};
    return error ? state_->classify_error(*error) : error_code{};
}

error_code transactional_producer::produce(const outgoing_record& record)
{
    auto* topic = state_->topics.find(record.topic);
    if (!topic)
        return state_->fail(errc::kafka_rejected, "not a topic's name");
    // A full queue empties as librdkafka delivers or, after the transaction's time-out, gives up.
    for (;;) {
        const auto error = enqueue(state_->client.get(), topic, record, nullptr);
        if (!error)
            return {};
        const auto code = rd_kafka_error_code(error.get());
        if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            rd_kafka_poll(state_->client.get(), 10);
            continue;
        }
        if (is_finished(state_->client.get()))
            return state_->fail(
                class_of(code) == errc::kafka_fenced ? errc::kafka_fenced : errc::kafka_fatal,
                rd_kafka_error_string(error.get())
            );
        if (code == RD_KAFKA_RESP_ERR__STATE)  // the transaction has failed already
            return state_->fail(errc::kafka_abortable, rd_kafka_error_string(error.get()));
        if (class_of(code) == errc::kafka_rejected)
            return state_->fail(errc::kafka_rejected, rd_kafka_error_string(error.get()));
        return state_->classify_error(*error);
    }
}

error_code transactional_producer::send_offsets(
    std::span<const topic_partition> positions, const group_consumer& group, milliseconds timeout
)
{
    const auto member = membership(static_cast<rd_kafka_t*>(group.native()));
    if (!member)
        return state_->fail(
            errc::kafka_abortable, "the consumer is no member of its group any more"
        );
    const auto list = native_positions(positions);
    return state_->persist(timeout, [&](int ms) {
        return rd_kafka_send_offsets_to_transaction(
            state_->client.get(), list.get(), member.get(), ms
        );
    });
}

error_code transactional_producer::commit(milliseconds timeout)
{
    bool certain = true;
    const auto ec = state_->persist(timeout, [&](int ms) {
        auto* error = rd_kafka_commit_transaction(state_->client.get(), ms);
        certain = !error || certainly_not_committed(*error);
        return error;
    });
    return ec == errc::kafka_abortable && !certain ? error_code{errc::kafka_timed_out} : ec;
}

error_code transactional_producer::abort(milliseconds timeout)
{
    return state_->persist(timeout, [this](int ms) {
        return rd_kafka_abort_transaction(state_->client.get(), ms);
    });
}

const std::string& transactional_producer::last_error() const
{
    return state_->last_error;
}

}  // namespace rollcall
