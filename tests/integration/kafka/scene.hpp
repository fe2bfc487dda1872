#pragma once

#include "kafka/admin.hpp"
#include "kafka/group_consumer.hpp"
#include "kafka/partition_reader.hpp"
#include "kafka/transactional_producer.hpp"
#include "support/broker.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace rollcall::test {

inline constexpr milliseconds patience{20'000};

inline kafka_connection connection_to(const std::string& address)
{
    return {.bootstrap_servers = address, .client_id = "test", .properties = {}};
}

/// A topic of the test's own on the broker that the run shares.
class KafkaScene : public testing::Test {
protected:
    KafkaScene();

    /// Makes `<prefix><name>` and returns its name.
    std::string topic(
        const std::string& name,
        std::int32_t partitions = 1,
        const std::map<std::string, std::string>& config = {}
    );
    std::string id(const std::string& name) const { return prefix + name; }

    kafka_connection connection;
    std::string prefix;
};

/// A record of `topic`, partition 0 where no other is said.
outgoing_record record_of(
    std::string_view topic, std::string_view value, std::int32_t partition = 0
);

/// An initialised producer; the test fails where there is none.
std::unique_ptr<transactional_producer> ready_producer(
    const kafka_connection& connection, const std::string& id
);

/// Writes `count` records with the values `0`, `1`, ... into one partition, outside of
/// transactions.
void fill(
    const kafka_connection& connection,
    const std::string& topic,
    int count,
    std::int32_t partition = 0
);

/// Polls until there is a record or the end of a partition; fails the test for an error, or when
/// nothing came.
template <class Consumer>
polled next_of(Consumer& from)
{
    const auto until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
        auto seen = from.poll(milliseconds{100});
        if (std::holds_alternative<std::monostate>(seen))
            continue;
        if (const auto* ec = std::get_if<error_code>(&seen))
            ADD_FAILURE() << ec->message();
        return seen;
    }
    ADD_FAILURE() << "nothing came";
    return {};
}

/// The next record's value and offset; fails the test where the end comes first.
template <class Consumer>
std::pair<std::string, std::int64_t> next_record(Consumer& from)
{
    const auto seen = next_of(from);
    const auto* record = std::get_if<consumed_record>(&seen);
    if (!record) {
        ADD_FAILURE() << "no record";
        return {};
    }
    return {std::string{record->value()}, record->offset()};
}

/// The offset at which the partition ends; fails the test where a record comes first.
template <class Consumer>
std::int64_t next_end(Consumer& from)
{
    const auto seen = next_of(from);
    const auto* end = std::get_if<end_of_partition>(&seen);
    if (!end) {
        ADD_FAILURE() << "no end of partition";
        return -1;
    }
    return end->offset;
}

/// Notes what the group decides.
class noting_listener : public rebalance_listener {
public:
    void on_assigned(std::span<const topic_partition> partitions) override
    {
        ++decisions;
        for (const auto& one : partitions) {
            owned.insert(one.partition);
            if (when_assigned)
                when_assigned(one.partition);
        }
    }
    void on_revoked(std::span<const topic_partition> partitions) override
    {
        for (const auto& one : partitions) {
            owned.erase(one.partition);
            revoked.insert(one.partition);
        }
    }
    void on_lost(std::span<const topic_partition> partitions) override
    {
        for (const auto& one : partitions) {
            owned.erase(one.partition);
            lost.insert(one.partition);
        }
    }

    int decisions = 0;
    std::set<std::int32_t> owned, revoked, lost;
    std::function<void(std::int32_t)> when_assigned;
};

/// Polls until `holds`; fails the test when that takes too long.
void poll_until(group_consumer& member, const std::function<bool()>& holds);

}  // namespace rollcall::test
