#include "kafka/connection.hpp"

#include "kafka/client.hpp"

#include <array>
#include <string_view>

namespace rollcall {
namespace {

struct refusal {
    std::string_view name;
    std::string_view reason;
};

constexpr std::string_view own_setting_bootstrap = "it is the setting kafka.bootstrap_servers";
constexpr std::string_view own_setting_session = "it is the setting kafka.session_timeout";
constexpr std::string_view own_setting_transaction = "it is the setting kafka.transaction_timeout";
constexpr std::string_view own_timeout =
    "how long a record may take is decided by the intake's and the transactions' time-outs";
constexpr std::string_view always_idempotent =
    "records are always produced idempotently, with acks=all";
constexpr std::string_view always_committed =
    "what is not committed is never read where it matters";
constexpr std::string_view offsets_in_transactions =
    "offsets are committed inside transactions only";
constexpr std::string_view one_group = "the group is named after the topic prefix";
constexpr std::string_view one_partitioner =
    "all topics use murmur2_random, so that a meeting has one partition number everywhere";
constexpr std::string_view needs_every_report = "every record's delivery report is needed";
constexpr std::string_view not_a_setting = "it is not a setting but a hook for programs";
constexpr std::string_view for_tests = "it replaces the cluster by a mock";

constexpr std::array refusals{
    refusal{"bootstrap.servers", own_setting_bootstrap},
    refusal{"metadata.broker.list", own_setting_bootstrap},
    refusal{"session.timeout.ms", own_setting_session},
    refusal{"transaction.timeout.ms", own_setting_transaction},
    refusal{"message.timeout.ms", own_timeout},
    refusal{"delivery.timeout.ms", own_timeout},
    refusal{"enable.idempotence", always_idempotent},
    refusal{"acks", always_idempotent},
    refusal{"request.required.acks", always_idempotent},
    refusal{"retries", always_idempotent},
    refusal{"message.send.max.retries", always_idempotent},
    refusal{"max.in.flight", always_idempotent},
    refusal{"max.in.flight.requests.per.connection", always_idempotent},
    refusal{"transactional.id", "it is the setting instance"},
    refusal{"isolation.level", always_committed},
    refusal{"enable.auto.commit", offsets_in_transactions},
    refusal{"auto.commit.enable", offsets_in_transactions},
    refusal{"auto.commit.interval.ms", offsets_in_transactions},
    refusal{"enable.auto.offset.store", offsets_in_transactions},
    refusal{"offset.store.method", offsets_in_transactions},
    refusal{"offset.store.path", offsets_in_transactions},
    refusal{"group.id", one_group},
    refusal{"group.protocol.type", one_group},
    refusal{"group.instance.id", "a static member would keep its partitions while it is gone"},
    refusal{"partition.assignment.strategy", "partitions move one by one (cooperative-sticky)"},
    refusal{"partitioner", one_partitioner},
    refusal{"enable.partition.eof", "restoring a partition needs to know where it ends"},
    refusal{
        "auto.offset.reset", "a partition is read from its committed offset or from its beginning"},
    refusal{"delivery.report.only.error", needs_every_report},
    refusal{"log.queue", "librdkafka's log goes to Rollcall's"},
    refusal{"opaque", not_a_setting},
    refusal{"interceptors", not_a_setting},
    refusal{"enabled_events", not_a_setting},
    refusal{"default_topic_conf", not_a_setting},
    refusal{"msg_order_cmp", not_a_setting},
    refusal{"ssl_engine_callback_data", not_a_setting},
    refusal{"test.mock.num.brokers", for_tests},
    refusal{"test.mock.broker.rtt", for_tests},
};

}  // namespace

std::string refused_property(const std::string& name)
{
    for (const auto& one : refusals)
        if (one.name == name)
            return std::string{one.reason};
    if (name.ends_with("_cb"))
        return std::string{not_a_setting};
    return {};
}

std::string property_fault(const std::string& name, const std::string& value)
{
    const conf_ptr conf{rd_kafka_conf_new()};
    std::array<char, 512> words{};
    const auto outcome =
        rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), words.data(), words.size());
    return outcome == RD_KAFKA_CONF_OK ? std::string{} : std::string{words.data()};
}

std::string properties_fault(const std::map<std::string, std::string>& properties)
{
    conf_ptr conf{rd_kafka_conf_new()};
    std::array<char, 512> words{};
    for (const auto& [name, value] : properties)
        rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), words.data(), words.size());
    rd_kafka_conf_set_log_cb(conf.get(), nullptr);
    // It has no brokers to go to.
    const client_ptr made{rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), words.data(), words.size())};
    if (!made)
        return words.data();
    (void)conf.release();  // librdkafka's since rd_kafka_new succeeded
    return {};
}

std::string librdkafka_version()
{
    return rd_kafka_version_str();
}

}  // namespace rollcall
