#include "app/reloading.hpp"

#include "app/connection.hpp"

#include <utility>

namespace rollcall {
namespace {

// Puts back what cannot change, and remembers its name.
class fixing {
public:
    explicit fixing(std::vector<std::string>& names) : names_{names} {}

    template <class Value>
    void operator()(const char* path, const Value& now, Value& wanted)
    {
        if (wanted == now)
            return;
        wanted = now;
        names_.emplace_back(path);
    }

private:
    std::vector<std::string>& names_;
};

std::vector<std::string> addresses_of(const settings& with)
{
    std::vector<std::string> all;
    all.reserve(with.listen.size());
    for (const auto& one : with.listen)
        all.push_back(one.address);
    return all;
}

void fix_kafka(fixing& fix, const kafka_settings& now, kafka_settings& wanted)
{
    fix("kafka.bootstrap_servers", now.bootstrap_servers, wanted.bootstrap_servers);
    fix("kafka.properties", now.properties, wanted.properties);
    fix("kafka.topics.prefix", now.topic_prefix, wanted.topic_prefix);
    fix("kafka.topics.partitions", now.partitions, wanted.partitions);
    fix("kafka.topics.replication_factor", now.replication_factor, wanted.replication_factor);
    fix("kafka.session_timeout", now.session_timeout, wanted.session_timeout);
    fix("kafka.transaction_timeout", now.transaction_timeout, wanted.transaction_timeout);
}

std::vector<source_settings> polled(const settings& with)
{
    std::vector<source_settings> all;
    for (const auto& source : with.sources) {
        if (!source.poll)
            continue;
        all.push_back(source);
        all.back().webhook = {};
    }
    return all;
}

}  // namespace

reload_plan plan_reload(const settings& now, settings wanted)
{
    reload_plan plan{std::move(wanted), {}};
    auto& next = plan.next;
    fixing fix{plan.fixed};
    fix_kafka(fix, now.kafka, next.kafka);
    if (addresses_of(now) != addresses_of(next)) {
        next.listen = now.listen;
        next.instance = now.instance;  // may be named after the first of them
        plan.fixed.emplace_back("listen");
    }
    fix("ops.address", now.ops_address, next.ops_address);
    fix("instance", now.instance, next.instance);
    fix("order.mode", now.order.mode, next.order.mode);
    fix("order.hold", now.order.hold, next.order.hold);
    fix("order.settle_after", now.order.settle_after, next.order.settle_after);
    fix("dedupe.window", now.dedupe_window, next.dedupe_window);
    fix("dedupe.gathered", now.dedupe_gathered, next.dedupe_gathered);
    fix("intake.timeout", now.intake_timeout, next.intake_timeout);
    fix("spool.directory", now.spool.directory, next.spool.directory);
    fix("spool.max_bytes", now.spool.max_bytes, next.spool.max_bytes);
    // The Kafka clients were made for records of a certain size.
    if (largest_record_bytes(next) > largest_record_bytes(now))
        fix("limits.body_bytes", now.limits.body_bytes, next.limits.body_bytes);
    return plan;
}

bool polls_differ(const settings& now, const settings& next)
{
    return polled(now) != polled(next);
}

}  // namespace rollcall
