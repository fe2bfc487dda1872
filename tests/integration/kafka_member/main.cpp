// A member of a group that owns partition 0 of a topic, stops itself (SIGSTOP) and, once it is
// continued, publishes a record with its offset as if nothing had happened. Prints `assigned`, and
// at the end what is to be done about the outcome: `none`, `abort` or `renew`.
#include "kafka/group_consumer.hpp"
#include "kafka/transactional_producer.hpp"

#include <csignal>
#include <cstdio>
#include <vector>

namespace {

using namespace rollcall;

struct owner : rebalance_listener {
    bool owns = false;
    void on_assigned(std::span<const topic_partition> partitions) override
    {
        owns = !partitions.empty();
    }
    void on_revoked(std::span<const topic_partition>) override {}
    void on_lost(std::span<const topic_partition>) override {}
};

const char* word_for(reaction r)
{
    switch (r) {
        case reaction::none:
            return "none";
        case reaction::abort:
            return "abort";
        case reaction::renew:
            return "renew";
        default:
            return "other";
    }
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 5)
        return 2;
    const kafka_connection connection{
        .bootstrap_servers = argv[1], .client_id = "member", .properties = {}};
    const std::string from = argv[3];
    const std::string to = argv[4];
    constexpr milliseconds patience{20'000};

    transactional_producer producer{
        connection, std::string{argv[2]} + ".member", milliseconds{60'000}};
    if (producer.init(patience))
        return 1;
    owner listener;
    group_consumer member{
        connection,
        {.group = argv[2], .topic = from, .session_timeout = milliseconds{6'000}},
        listener};
    while (!listener.owns)
        member.poll(milliseconds{50});
    std::puts("assigned");
    std::fflush(stdout);
    std::raise(SIGSTOP);

    auto ec = producer.begin();
    if (!ec)
        ec = producer.produce(
            {.topic = to,
             .partition = 0,
             .key = std::nullopt,
             .value = "zombie",
             .with = nullptr,
             .at = std::nullopt}
        );
    if (!ec)
        ec = producer.send_offsets(std::vector{topic_partition{from, 0, 5}}, member, patience);
    if (!ec)
        ec = producer.commit(patience);
    std::puts(word_for(classify(ec)));
    std::fflush(stdout);  // librdkafka 2.0.2 may abort where a producer ends within a transaction
    return 0;
}
