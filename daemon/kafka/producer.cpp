#include "kafka/producer.hpp"

#include "kafka/client.hpp"
#include "kafka/completion_batch.hpp"
#include "kafka/producer_instance.hpp"
#include "kafka/statistics.hpp"

#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

namespace rollcall {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

// A record that was handed over. librdkafka owns it until its report; its handler is called before
// that where the time is over.
struct handed_over : boost::intrusive::list_base_hook<> {
    delivery_handler handler;
    work_of_handler work;
    steady_time deadline;

    handed_over(delivery_handler h, work_of_handler w, steady_time d)
        : handler{std::move(h)}, work{std::move(w)}, deadline{d}
    {
    }

    completion complete(error_code ec, delivery where = {})
    {
        return {std::move(handler), std::move(work), ec, where};
    }
};

using hand_over_list = boost::intrusive::list<handed_over>;

constexpr milliseconds longest_wait{500};
constexpr milliseconds between_instances{1'000};

// Whether the cluster takes no record now, whatever it is: what is refused may be taken later.
bool refuses_all(rd_kafka_resp_err_t code)
{
    switch (code) {
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            return true;
        default:
            return false;
    }
}

}  // namespace

struct producer::state {
    state(kafka_connection connection_to, options how_to)
        : connection{std::move(connection_to)},
          how{how_to},
          current{std::make_shared<producer_instance>(connection, how)},
          reporter{[this] { report(); }}
    {
    }

    ~state()
    {
        {
            const std::lock_guard lock{guard};
            stopping = true;
        }
        {
            const auto last = serving();
            rd_kafka_flush(last->native(), static_cast<int>(how.timeout.count()));
            finishing = true;
            last->give_up();
            last->wake();
        }
        reporter.join();
    }

    // ---- any thread ----

    std::shared_ptr<producer_instance> serving()
    {
        const std::lock_guard lock{guard};
        return current;
    }

    void hand_over(
        const outgoing_record& record,
        delivery_handler handler,
        const asio::any_io_executor& executor
    )
    {
        completion refused{std::move(handler), work_of_handler{executor}, {}, {}};
        handed_over* accepted = nullptr;
        std::shared_ptr<producer_instance> to;
        {
            const std::lock_guard lock{guard};
            if (stopping) {
                refused.ec = errc::stopped;
            } else if (in_flight >= how.max_in_flight) {
                refused.ec = errc::overloaded;
            } else {
                const auto deadline = steady_clock::now() + how.timeout;
                accepted =
                    new handed_over{std::move(refused.handler), std::move(refused.work), deadline};
                waiting.push_back(*accepted);
                ++in_flight;
                to = current;
            }
        }
        if (!accepted)
            post_alone(std::move(refused));
        else if (auto* topic = to->topic(record.topic); !topic)
            take_back(accepted, errc::kafka_rejected);
        else if (const auto error = enqueue(to->native(), topic, record, accepted))
            take_back(
                accepted,
                is_finished(to->native()) ? errc::kafka_fatal
                                          : outcome(rd_kafka_error_code(error.get()))
            );
    }

    // librdkafka did not take the record, so there will be no report.
    void take_back(handed_over* node, error_code ec)
    {
        const std::unique_ptr<handed_over> owned{node};
        {
            const std::lock_guard lock{guard};
            --in_flight;
            if (!node->is_linked())
                return;  // timed out meanwhile, and completed with that
            waiting.erase(waiting.iterator_to(*node));
        }
        post_alone(owned->complete(ec));
    }

    static void post_alone(completion one)
    {
        completion_batch alone;
        alone.add(std::move(one));
        alone.post();
    }

    // ---- the reporter's thread ----

    void report()
    {
        while (!finished()) {
            const auto from = serving();
            if (const auto event = from->poll(patience()))
                serve(*event, *from, true);
            expire();
            renew_if_due();
            drain_retired();
        }
    }

    bool finished()
    {
        const std::lock_guard lock{guard};
        return finishing && in_flight == 0;
    }

    // Every record has the same time-out, so the first one waiting is the first one due, and a
    // record handed over during the wait is due after it.
    milliseconds patience()
    {
        if (finishing || !retired.empty())
            return milliseconds{10};
        auto longest = std::min(longest_wait, how.timeout);
        if (renewal_due)
            longest = std::min(longest, milliseconds{remaining_ms(*renewal_due)});
        const std::lock_guard lock{guard};
        return waiting.empty()
                   ? longest
                   : std::min(longest, milliseconds{remaining_ms(waiting.front().deadline)});
    }

    void serve(rd_kafka_event_t& event, producer_instance& from, bool is_current)
    {
        if (rd_kafka_event_type(&event) == RD_KAFKA_EVENT_DR)
            settle(event);
        else if (rd_kafka_event_type(&event) == RD_KAFKA_EVENT_ERROR)
            on_error(event, from, is_current);
        else if (rd_kafka_event_type(&event) == RD_KAFKA_EVENT_STATS && is_current && connection.statistics)
            connection.statistics->take("producer", rd_kafka_event_stats(&event));
    }

    // One report covers all records of a batch.
    void settle(rd_kafka_event_t& event)
    {
        std::vector<std::unique_ptr<handed_over>> reported;  // destroyed outside the lock
        reported.reserve(rd_kafka_event_message_count(&event));
        completion_batch batch;
        {
            const std::lock_guard lock{guard};
            while (const auto* message = rd_kafka_event_message_next(&event)) {
                auto& node = *reported.emplace_back(static_cast<handed_over*>(message->_private));
                --in_flight;
                if (!node.is_linked())
                    continue;
                waiting.erase(waiting.iterator_to(node));
                batch.add(
                    node.complete(outcome(message->err), {message->partition, message->offset})
                );
            }
        }
        batch.post();
        log_failure(event, reported.size());
    }

    error_code outcome(rd_kafka_resp_err_t code) const
    {
        const auto ec = refuses_all(code) ? errc::kafka_retriable : class_of(code);
        return stopping && ec == errc::kafka_fatal ? errc::stopped : ec;
    }

    static void log_failure(rd_kafka_event_t& event, std::size_t records)
    {
        if (const auto code = rd_kafka_event_error(&event))
            kafka_log().warn(
                "delivery failed", {{"error", rd_kafka_err2str(code)}, {"records", records}}
            );
    }

    void on_error(rd_kafka_event_t& event, producer_instance& from, bool is_current)
    {
        const bool fatal = is_finished(from.native());
        kafka_log().warn(
            fatal ? "producer failed, a new one takes over" : "producer reports",
            {{"error", rd_kafka_event_error_string(&event)},
             {"code", rd_kafka_err2name(rd_kafka_event_error(&event))}}
        );
        if (fatal && is_current && !renewal_due)
            renewal_due = std::max(steady_clock::now(), last_renewal + between_instances);
    }

    // librdkafka looks for records whose time is over once a second only.
    void expire()
    {
        completion_batch batch;
        {
            const auto now = steady_clock::now();
            const std::lock_guard lock{guard};
            while (!waiting.empty() && waiting.front().deadline <= now) {
                batch.add(waiting.front().complete(errc::kafka_timed_out));
                waiting.pop_front();
            }
        }
        batch.post();
    }

    void renew_if_due()
    {
        if (!renewal_due || steady_clock::now() < *renewal_due || finishing)
            return;
        last_renewal = steady_clock::now();
        try {
            auto fresh = std::make_shared<producer_instance>(connection, how);
            for (const auto& topic : serving()->topics())
                fresh->topic(topic);  // asks for its metadata
            const std::lock_guard lock{guard};
            retired.push_back(std::exchange(current, std::move(fresh)));
            renewal_due.reset();
        } catch (const std::exception& e) {
            kafka_log().error("no new producer", {{"error", e.what()}});
            renewal_due = last_renewal + between_instances;
        }
    }

    // What a failed instance still had comes back as failed; it goes when nobody hands anything to
    // it any more.
    void drain_retired()
    {
        std::erase_if(retired, [this](const std::shared_ptr<producer_instance>& old) {
            old->give_up();
            while (const auto event = old->poll(milliseconds{0}))
                serve(*event, *old, false);
            return old.use_count() == 1 && old->empty();
        });
    }

    const kafka_connection connection;
    const options how;

    std::mutex guard;
    hand_over_list waiting;     // handlers not called yet, in the order of their deadlines
    std::size_t in_flight = 0;  // what librdkafka may still report on
    std::shared_ptr<producer_instance> current;
    std::atomic<bool> stopping = false;   // nothing more is accepted
    std::atomic<bool> finishing = false;  // nothing more is waited for

    // The reporter's own.
    std::vector<std::shared_ptr<producer_instance>> retired;
    std::optional<steady_time> renewal_due;
    steady_time last_renewal{};

    std::thread reporter;  // last: it uses all of the above
};

producer::producer(kafka_connection connection, options how)
    : state_{std::make_unique<state>(std::move(connection), how)}
{
}

producer::~producer() = default;

error_code producer::warm_up(const std::string& topic, milliseconds timeout)
{
    const auto to = state_->serving();
    auto* handle = to->topic(topic);
    if (!handle)
        return errc::kafka_rejected;
    std::string words;
    const auto metadata = fetch_metadata(to->native(), handle, timeout, words);
    if (!metadata)
        kafka_log().warn("no metadata", {{"topic", topic}, {"error", words}});
    return metadata.error();
}

void producer::hand_over(
    const outgoing_record& record,
    pending_handler handler,
    const boost::asio::any_io_executor& executor
)
{
    state_->hand_over(record, std::move(handler), executor);
}

}  // namespace rollcall
