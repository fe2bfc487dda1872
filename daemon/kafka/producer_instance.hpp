#pragma once

#include "kafka/client.hpp"
#include "kafka/producer.hpp"

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

/// One librdkafka producer. A fatal error ends it; the object that owns it starts the next. Any
/// thread, but for `poll`: one.
class producer_instance {
public:
    producer_instance(const kafka_connection& connection, const producer::options& how)
        : client_{start(connection, how)},
          reports_{rd_kafka_queue_get_main(client_.get())},
          topics_{client_.get()}
    {
    }

    rd_kafka_t* native() const { return client_.get(); }
    rd_kafka_topic_t* topic(std::string_view name)
    {
        const std::lock_guard lock{guard_};
        return topics_.find(name);
    }
    std::vector<std::string> topics() const
    {
        const std::lock_guard lock{guard_};
        return topics_.names();
    }
    event_ptr poll(milliseconds timeout)
    {
        return event_ptr{rd_kafka_queue_poll(reports_.get(), static_cast<int>(timeout.count()))};
    }
    void wake() { rd_kafka_queue_yield(reports_.get()); }
    void give_up()
    {
        rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    }
    bool empty() const { return rd_kafka_outq_len(client_.get()) == 0; }

private:
    static client_ptr start(const kafka_connection& connection, const producer::options& how);

    client_ptr client_;
    queue_ptr reports_;
    mutable std::mutex guard_;
    topic_handles topics_;
};

}  // namespace rollcall
