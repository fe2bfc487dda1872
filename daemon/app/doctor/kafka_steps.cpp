#include "app/connection.hpp"
#include "app/doctor/judgement.hpp"
#include "app/doctor/steps.hpp"
#include "app/topic_names.hpp"
#include "kafka/partition_reader.hpp"
#include "kafka/producer.hpp"
#include "kafka/transactional_producer.hpp"

#include <chrono>
#include <future>
#include <optional>
#include <stdexcept>

namespace rollcall {
namespace {

using std::chrono::steady_clock;

constexpr auto cluster_step = "kafka";
constexpr auto scratch_step = "scratch topic";
constexpr auto acks_step = "acks=all";
constexpr auto transaction_step = "transaction";
constexpr auto group_step = "group";

std::string took(steady_clock::time_point since)
{
    const auto passed = steady_clock::now() - since;
    return std::to_string(std::chrono::duration_cast<milliseconds>(passed).count()) + " ms";
}

std::string words_of(const error_code& ec, const std::string& details)
{
    return details.empty() ? ec.message() : ec.message() + ": " + details;
}

// What is to be done about a cluster that does not answer, or says no.
std::string cluster_advice(const error_code& ec)
{
    if (ec == errc::kafka_rejected)
        return "look at the user, the password, the certificates in kafka.properties, and at the "
               "cluster's ACLs";
    return "is a broker up at kafka.bootstrap_servers, can this machine reach it, and does "
           "security.protocol go with its listener?";
}

using topic_states = std::vector<std::optional<topic_state>>;

// Nothing where the cluster cannot be asked; that has been said then.
std::optional<topic_states> describe_all(
    const std::vector<topic_plan>& plans,
    const std::string& brokers,
    admin& cluster,
    milliseconds limit,
    diagnosis& into
)
{
    topic_states is;
    for (const auto& plan : plans) {
        auto described = cluster.describe(plan.name, limit);
        if (!described) {
            const auto ec = described.error();
            into.fail(
                cluster_step,
                brokers + ": " + words_of(ec, cluster.last_error()),
                cluster_advice(ec)
            );
            return std::nullopt;
        }
        is.push_back(std::move(*described));
    }
    into.ok(cluster_step, brokers + " answers");
    return is;
}

// A topic to write to that nobody reads: made where it is not there, and then removed again.
class scratch_topic {
public:
    scratch_topic(topic_plan plan, admin& cluster, milliseconds limit)
        : plan_{std::move(plan)}, cluster_{cluster}, limit_{limit}
    {
    }

    /// False where there is none; that has been said then.
    bool make(diagnosis& into)
    {
        const auto is = cluster_.describe(plan_.name, limit_);
        if (is && *is)
            return true;
        const auto failed = is ? cluster_.create(plan_, limit_) : is.error();
        made_ = !failed;
        if (failed)
            into.add(
                {verdict::warn,
                 scratch_step,
                 plan_.name + ": cannot be made: " + words_of(failed, cluster_.last_error()),
                 "let its user create and delete " + plan_.name +
                     ", or make it by hand: one that is there is used and left"}
            );
        return made_;
    }
    void remove(diagnosis& into)
    {
        if (!made_)
            return into.ok(scratch_step, plan_.name + ": was there already, and is left");
        if (const auto failed = cluster_.remove(plan_.name, limit_))
            return into.warn(
                scratch_step,
                plan_.name + ": cannot be removed: " + words_of(failed, cluster_.last_error()),
                "`kafka-topics --delete --topic " + plan_.name + "`"
            );
        into.ok(scratch_step, plan_.name + ": made, written to, and removed again");
    }
    const std::string& name() const { return plan_.name; }

private:
    topic_plan plan_;
    admin& cluster_;
    milliseconds limit_;
    bool made_ = false;
};

void try_acks(
    const kafka_connection& to, const std::string& topic, milliseconds limit, diagnosis& into
)
{
    producer out{to, {.timeout = limit}};
    const auto began = steady_clock::now();
    auto ec = out.warm_up(topic, limit);
    if (!ec) {
        outgoing_record record;
        record.topic = topic;
        record.value = "rollcall doctor";
        std::promise<error_code> told;
        out.async_produce(record, [&told](error_code failed, delivery /*at*/) {
            told.set_value(failed);
        });
        ec = told.get_future().get();
    }
    if (ec)
        return into.fail(
            acks_step,
            ec.message(),
            "are as many replicas in sync as min.insync.replicas asks for "
            "(`kafka-topics --describe --under-min-isr-partitions`)? May its user write?"
        );
    into.ok(acks_step, "an idempotent record was acknowledged by all replicas in " + took(began));
}

struct attempt {
    error_code failed;
    const char* where = "";
    std::string words;
};

attempt transact(
    transactional_producer& by, const std::string& topic, steady_clock::time_point until
)
{
    const auto left = [until] {
        const auto time = std::chrono::ceil<milliseconds>(until - steady_clock::now());
        return std::max(time, milliseconds{1});
    };
    const auto outcome = [&by](const error_code& ec, const char* where) {
        return attempt{ec, where, by.last_error()};
    };
    if (const auto ec = by.init(left()))
        return outcome(ec, "init_transactions");
    if (const auto ec = by.begin())
        return outcome(ec, "begin");
    outgoing_record record;
    record.topic = topic;
    record.value = "rollcall doctor";
    if (const auto ec = by.produce(record))
        return outcome(ec, "produce");
    return outcome(by.commit(left()), "commit");
}

// Under a name of its own: the daemon's would fence the daemon.
void try_transaction(
    const settings& with, const std::string& topic, milliseconds limit, diagnosis& into
)
{
    const auto id = with.kafka.topic_prefix + "doctor." + with.instance;
    const auto began = steady_clock::now();
    transactional_producer by{connection_of(with), id, with.kafka.transaction_timeout};
    const auto came = transact(by, topic, began + limit);
    if (came.failed)
        return into.fail(
            transaction_step,
            std::string{came.where} + ": " + words_of(came.failed, came.words),
            "nothing is published without transactions. The broker's "
            "transaction.state.log.replication.factor and .min.isr have to be at most the number "
            "of brokers that are up, and its user may need ACLs for the transactional id " +
                id
        );
    into.ok(transaction_step, "one record was committed in " + took(began));
}

// librdkafka refuses some properties only together with those that a producer of ours needs.
void try_producers(
    const settings& with, const std::string& topic, milliseconds limit, diagnosis& into
)
try {
    try_acks(connection_of(with), topic, limit, into);
    if (into.holds(acks_step))
        try_transaction(with, topic, limit, into);
    else
        into.skip_for(transaction_step, acks_step);
} catch (const std::runtime_error& e) {
    into.fail(acks_step, e.what(), "correct kafka.properties");
    into.skip_for(transaction_step, acks_step);
}

void try_scratch_topic(const settings& with, admin& cluster, milliseconds limit, diagnosis& into)
{
    scratch_topic scratch{
        {.name = with.kafka.topic_prefix + "doctor",
         .partitions = 1,
         .replication_factor = with.kafka.replication_factor,
         .config = {{"cleanup.policy", "delete"}, {"retention.ms", "60000"}}},
        cluster,
        limit};
    if (!scratch.make(into)) {
        into.skip_for(acks_step, scratch_step);
        into.skip_for(transaction_step, scratch_step);
        return;
    }
    try_producers(with, scratch.name(), limit, into);
    scratch.remove(into);
}

void look_at_group(const settings& with, milliseconds limit, diagnosis& into)
{
    const auto names = names_of(with.kafka);
    const auto step = std::string{group_step} + " " + names.group;
    partition_reader reader{
        connection_of(with), names.group, partition_reader::isolation::read_committed};
    const auto committed = reader.committed(names.intake, 0, limit);
    if (!committed)
        return into.fail(
            step,
            "its offsets cannot be read: " + committed.error().message(),
            "are the replicas of __consumer_offsets there, and may its user read the group?"
        );
    into.ok(
        step,
        *committed < 0 ? "its offsets can be read; partition 0 has none yet"
                       : "its offsets can be read; partition 0 is at " + std::to_string(*committed)
    );
}

void skip_all(const std::vector<topic_plan>& plans, diagnosis& into)
{
    for (const auto& plan : plans)
        into.skip_for("topic " + plan.name, cluster_step);
    for (const auto* step : {acks_step, transaction_step, group_step})
        into.skip_for(step, cluster_step);
}

}  // namespace

void look_at_kafka(const settings& with, milliseconds limit, diagnosis& into)
{
    admin cluster{connection_of(with)};
    const auto plans = plan_topics(with);
    const auto is = describe_all(plans, with.kafka.bootstrap_servers, cluster, limit, into);
    if (!is)
        return skip_all(plans, into);
    const auto findings = compare_topics(plans, *is, with.dedupe_window);
    for (std::size_t i = 0; i < plans.size(); ++i)
        into.add(judge_topic(plans[i], findings[i]));
    try_scratch_topic(with, cluster, limit, into);
    if (is->front())
        look_at_group(with, limit, into);
    else
        into.skip_for(group_step, "topic " + plans.front().name);
}

}  // namespace rollcall
