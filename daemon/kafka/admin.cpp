#include "kafka/admin.hpp"

#include "kafka/broker_trouble.hpp"
#include "kafka/client.hpp"

#include <algorithm>
#include <array>
#include <thread>

namespace rollcall {
namespace {

using std::chrono::steady_clock;

using options_ptr =
    std::unique_ptr<rd_kafka_AdminOptions_t, destroy_with<rd_kafka_AdminOptions_destroy>>;
using new_topic_ptr = std::unique_ptr<rd_kafka_NewTopic_t, destroy_with<rd_kafka_NewTopic_destroy>>;
using old_topic_ptr =
    std::unique_ptr<rd_kafka_DeleteTopic_t, destroy_with<rd_kafka_DeleteTopic_destroy>>;
using resource_ptr =
    std::unique_ptr<rd_kafka_ConfigResource_t, destroy_with<rd_kafka_ConfigResource_destroy>>;

}  // namespace

struct admin::state {
    // A consumer, because a producer's questions may create the topic they are about.
    explicit state(const kafka_connection& connection)
        : client{start_client(RD_KAFKA_CONSUMER, configured(connection))},
          answers{rd_kafka_queue_new(client.get())},
          events{rd_kafka_queue_get_main(client.get())}
    {
    }

    conf_ptr configured(const kafka_connection& connection)
    {
        auto conf = configure(connection, {}, {{"allow.auto.create.topics", "false"}});
        rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_ERROR);
        rd_kafka_conf_set_opaque(conf.get(), &trouble);
        rd_kafka_conf_set_ssl_cert_verify_cb(conf.get(), on_certificate);
        return conf;
    }

    static int on_certificate(
        rd_kafka_t* /*client*/,
        const char* broker,
        std::int32_t /*broker_id*/,
        int* x509_error,
        int /*depth*/,
        const char* /*der*/,
        std::size_t /*size*/,
        char* words,
        std::size_t room,
        void* opaque
    )
    {
        if (judge_certificate(*x509_error, broker, words, room) == 1)
            return 1;
        static_cast<broker_trouble*>(opaque)->certificate_refused(words);
        return 0;
    }

    // What keeps us from the brokers is said behind it, as far as librdkafka has told.
    error_code fail(errc with, std::string words)
    {
        look_around();
        last_error = std::move(words);
        if (with == errc::kafka_timed_out && !trouble.words().empty())
            last_error += ": " + trouble.words();
        return with;
    }

    void look_around()
    {
        while (const event_ptr event{rd_kafka_queue_poll(events.get(), 0)})
            if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR)
                trouble.take(
                    rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get())
                );
    }

    error_code fail(rd_kafka_resp_err_t code, const char* words)
    {
        return fail(class_of(code), words ? words : rd_kafka_err2str(code));
    }

    options_ptr options(rd_kafka_admin_op_t operation, steady_time deadline)
    {
        options_ptr out{rd_kafka_AdminOptions_new(client.get(), operation)};
        std::array<char, 256> ignored{};
        rd_kafka_AdminOptions_set_request_timeout(
            out.get(), std::max(1, remaining_ms(deadline)), ignored.data(), ignored.size()
        );
        return out;
    }

    // The answer to what was just asked; nothing where none came in time. Requests end by
    // themselves at their own time-out, a moment before this one.
    event_ptr answer(steady_time deadline)
    {
        constexpr int grace_ms = 500;
        return event_ptr{rd_kafka_queue_poll(answers.get(), remaining_ms(deadline) + grace_ms)};
    }

    // What came of the one topic that was just asked about. `read` finds it in the answer;
    // `as_wished` says that it was so already.
    error_code topic_outcome(
        steady_time deadline,
        const rd_kafka_topic_result_t** (*read)(rd_kafka_event_t*, std::size_t*),
        rd_kafka_resp_err_t as_wished
    )
    {
        const auto event = answer(deadline);
        if (!event)
            return fail(errc::kafka_timed_out, "no answer");
        if (const auto code = rd_kafka_event_error(event.get()))
            return fail(code, rd_kafka_event_error_string(event.get()));
        std::size_t count = 0;
        const auto** topics = read(event.get(), &count);
        if (count != 1)
            return fail(RD_KAFKA_RESP_ERR__BAD_MSG, nullptr);
        const auto code = rd_kafka_topic_result_error(topics[0]);
        if (!code || code == as_wished)
            return {};
        return fail(code, rd_kafka_topic_result_error_string(topics[0]));
    }

    result<metadata_ptr> metadata(const std::string& topic, steady_time deadline)
    {
        const topic_ptr handle{rd_kafka_topic_new(client.get(), topic.c_str(), nullptr)};
        if (!handle)
            return fail(errc::kafka_rejected, "not a topic's name");
        return fetch_in_turns(handle.get(), deadline);
    }

    // In short turns: where a password or a certificate is refused, there is no use in asking on.
    result<metadata_ptr> fetch_in_turns(rd_kafka_topic_t* topic, steady_time deadline)
    {
        for (int turn_ms = 500;; turn_ms *= 2) {
            const milliseconds turn{std::min(turn_ms, remaining_ms(deadline))};
            auto seen = fetch_metadata(client.get(), topic, turn, last_error);
            if (seen)
                trouble.over();
            if (seen || seen.error() != errc::kafka_timed_out)
                return seen;
            look_around();
            if (trouble.lasts())
                return fail(errc::kafka_rejected, trouble.words());
            if (remaining_ms(deadline) == 0)
                return fail(errc::kafka_timed_out, last_error);
        }
    }

    error_code read_config(topic_state& of, steady_time deadline);
    // A topic that was just created takes a moment to reach every broker.
    error_code wait_until_known(const std::string& topic, steady_time deadline);

    std::string last_error;
    broker_trouble trouble;
    client_ptr client;
    queue_ptr answers;
    queue_ptr events;
};

error_code admin::state::read_config(topic_state& of, steady_time deadline)
{
    const resource_ptr asked{rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, of.name.c_str())};
    const auto how = options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, deadline);
    auto* one = asked.get();
    rd_kafka_DescribeConfigs(client.get(), &one, 1, how.get(), answers.get());
    const auto event = answer(deadline);
    if (!event)
        return fail(errc::kafka_timed_out, "no answer");
    if (const auto code = rd_kafka_event_error(event.get()))
        return fail(code, rd_kafka_event_error_string(event.get()));

    std::size_t count = 0;
    const auto** resources = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event.get()), &count
    );
    if (count != 1)
        return fail(errc::kafka_rejected, "no configuration in the answer");
    if (const auto code = rd_kafka_ConfigResource_error(resources[0]))
        return fail(code, rd_kafka_ConfigResource_error_string(resources[0]));
    const auto** entries = rd_kafka_ConfigResource_configs(resources[0], &count);
    for (std::size_t i = 0; i < count; ++i)
        if (const char* value = rd_kafka_ConfigEntry_value(entries[i]))
            of.config.emplace(rd_kafka_ConfigEntry_name(entries[i]), value);
    return {};
}

error_code admin::state::wait_until_known(const std::string& topic, steady_time deadline)
{
    for (;;) {
        const auto seen = metadata(topic, deadline);
        if (seen || seen.error() != errc::kafka_rejected || remaining_ms(deadline) == 0)
            return seen.error();
        std::this_thread::sleep_for(milliseconds{10});
    }
}

admin::admin(const kafka_connection& connection) : state_{std::make_unique<state>(connection)} {}

admin::~admin() = default;

result<std::optional<topic_state>> admin::describe(const std::string& topic, milliseconds timeout)
{
    const auto deadline = steady_clock::now() + timeout;
    const auto metadata = state_->metadata(topic, deadline);
    if (!metadata) {
        const bool absent =
            state_->last_error == rd_kafka_err2str(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
        if (absent)
            return std::optional<topic_state>{};
        return metadata.error();
    }
    const auto& seen = (*metadata)->topics[0];
    topic_state out;
    out.name = topic;
    out.partitions = seen.partition_cnt;
    out.replication_factor = seen.partitions[0].replica_cnt;
    if (const auto ec = state_->read_config(out, deadline))
        return ec;
    return std::optional{std::move(out)};
}

error_code admin::create(const topic_plan& plan, milliseconds timeout)
{
    const auto deadline = steady_clock::now() + timeout;
    std::array<char, 512> words{};
    const new_topic_ptr wanted{rd_kafka_NewTopic_new(
        plan.name.c_str(), plan.partitions, plan.replication_factor, words.data(), words.size()
    )};
    if (!wanted)
        return state_->fail(errc::kafka_rejected, words.data());
    if (const auto known = state_->metadata(plan.name, deadline); known)
        return {};
    else if (known.error() != errc::kafka_rejected || state_->trouble.lasts())
        return known.error();
    for (const auto& [name, value] : plan.config)
        rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str());

    const auto how = state_->options(RD_KAFKA_ADMIN_OP_CREATETOPICS, deadline);
    rd_kafka_AdminOptions_set_operation_timeout(
        how.get(), std::max(1, remaining_ms(deadline)), words.data(), words.size()
    );
    auto* one = wanted.get();
    rd_kafka_CreateTopics(state_->client.get(), &one, 1, how.get(), state_->answers.get());
    const auto created = [](rd_kafka_event_t* event, std::size_t* count) {
        return rd_kafka_CreateTopics_result_topics(
            rd_kafka_event_CreateTopics_result(event), count
        );
    };
    if (const auto failed =
            state_->topic_outcome(deadline, created, RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS))
        return failed;
    return state_->wait_until_known(plan.name, deadline);
}

error_code admin::remove(const std::string& topic, milliseconds timeout)
{
    const auto deadline = steady_clock::now() + timeout;
    const old_topic_ptr unwanted{rd_kafka_DeleteTopic_new(topic.c_str())};
    const auto how = state_->options(RD_KAFKA_ADMIN_OP_DELETETOPICS, deadline);
    auto* one = unwanted.get();
    rd_kafka_DeleteTopics(state_->client.get(), &one, 1, how.get(), state_->answers.get());
    const auto removed = [](rd_kafka_event_t* event, std::size_t* count) {
        return rd_kafka_DeleteTopics_result_topics(
            rd_kafka_event_DeleteTopics_result(event), count
        );
    };
    return state_->topic_outcome(deadline, removed, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
}

const std::string& admin::last_error() const
{
    return state_->last_error;
}

}  // namespace rollcall
