#include "bench/bare_loop.hpp"

#include "kafka/group_consumer.hpp"
#include "kafka/transactional_producer.hpp"

#include <chrono>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

namespace rollcall::bench {
namespace {

using namespace std::chrono_literals;

void check(const error_code& ec, const char* what)
{
    if (ec)
        throw std::runtime_error(std::string{what} + ": " + ec.message());
}

struct assignment : rebalance_listener {
    std::set<std::int32_t> mine;
    void on_assigned(std::span<const topic_partition> partitions) override
    {
        for (const auto& p : partitions)
            mine.insert(p.partition);
    }
    void on_revoked(std::span<const topic_partition>) override {}
    void on_lost(std::span<const topic_partition>) override {}
};

}  // namespace

void bare_loop::run(
    const std::function<void()>& started, const std::function<bool(std::int64_t)>& done
) const
{
    assignment assigned;
    transactional_producer producer{connection, group, 60s};
    check(producer.init(30s), "init");
    check(producer.warm_up(to, 30s), "warm up");
    group_consumer consumer{connection, {.group = group, .topic = from}, assigned};
    while (assigned.mine.size() < static_cast<std::size_t>(partitions))
        consumer.poll(100ms);
    for (const auto p : assigned.mine) {
        check(consumer.seek(p, 0), "seek");
        check(consumer.resume(p), "resume");
    }
    started();
    for (std::int64_t total = 0; !done(total);) {
        std::map<std::int32_t, std::int64_t> next;
        std::size_t n = 0;
        for (auto wait = 100ms; n < batch; wait = 0ms) {
            auto polled_now = consumer.poll(wait);
            if (std::holds_alternative<std::monostate>(polled_now))
                break;
            const auto* record = std::get_if<consumed_record>(&polled_now);
            if (!record)
                continue;
            if (n++ == 0)
                check(producer.begin(), "begin");
            check(
                producer.produce(
                    {.topic = to,
                     .partition = record->partition(),
                     .key = record->key(),
                     .value = record->value()}
                ),
                "produce"
            );
            next[record->partition()] = record->offset() + 1;
        }
        if (n == 0)
            continue;
        std::vector<topic_partition> positions;
        for (const auto& [partition, offset] : next)
            positions.push_back({from, partition, offset});
        check(producer.send_offsets(positions, consumer, 30s), "offsets");
        check(producer.commit(30s), "commit");
        total += static_cast<std::int64_t>(n);
    }
    consumer.close();
}

}  // namespace rollcall::bench
