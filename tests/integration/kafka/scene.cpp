#include "scene.hpp"

#include "kafka/producer.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

namespace rollcall::test {

KafkaScene::KafkaScene() : connection{connection_to(shared_broker())}, prefix{unique_prefix()} {}

std::string KafkaScene::topic(
    const std::string& name,
    std::int32_t partitions,
    const std::map<std::string, std::string>& config
)
{
    admin topics{connection};
    const auto ec = topics.create(
        {.name = id(name), .partitions = partitions, .replication_factor = 1, .config = config},
        patience
    );
    EXPECT_FALSE(ec) << topics.last_error();
    return id(name);
}

outgoing_record record_of(std::string_view topic, std::string_view value, std::int32_t partition)
{
    return {
        .topic = topic,
        .partition = partition,
        .key = std::nullopt,
        .value = value,
        .with = nullptr,
        .at = std::nullopt};
}

std::unique_ptr<transactional_producer> ready_producer(
    const kafka_connection& connection, const std::string& id
)
{
    auto made = std::make_unique<transactional_producer>(connection, id, milliseconds{10'000});
    const auto ec = made->init(patience);
    EXPECT_FALSE(ec) << made->last_error();
    return made;
}

void fill(
    const kafka_connection& connection, const std::string& topic, int count, std::int32_t partition
)
{
    boost::asio::io_context io;
    producer to{connection, {.timeout = patience}};
    int stored = 0;
    for (int i = 0; i < count; ++i)
        to.async_produce(
            record_of(topic, std::to_string(i), partition),
            boost::asio::bind_executor(
                io,
                [&](error_code ec, delivery) {
                    EXPECT_FALSE(ec) << ec.message();
                    ++stored;
                }
            )
        );
    io.run();
    EXPECT_EQ(stored, count);
}

void poll_until(group_consumer& member, const std::function<bool()>& holds)
{
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
        if (std::chrono::steady_clock::now() >= until) {
            ADD_FAILURE() << "the group did not get there";
            return;
        }
        member.poll(milliseconds{20});
    }
}

}  // namespace rollcall::test
