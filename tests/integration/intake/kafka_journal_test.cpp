#include "intake/kafka_journal.hpp"

#include "kafka/admin.hpp"
#include "kafka/partition_reader.hpp"
#include "support/broker.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <map>

namespace rollcall::test {
namespace {

namespace asio = boost::asio;

constexpr milliseconds patience{20'000};

class KafkaJournal : public testing::Test {
protected:
    void make_topic(std::int32_t partitions, const std::map<std::string, std::string>& config = {})
    {
        admin topics{connection};
        const auto ec = topics.create(
            {.name = intake, .partitions = partitions, .replication_factor = 1, .config = config},
            patience
        );
        ASSERT_FALSE(ec) << topics.last_error();
    }

    void append(const std::vector<intake_record>& records)
    {
        producer to{connection, {.timeout = patience}};
        kafka_journal journal{to, intake};
        const auto session = [](kafka_journal& into,
                                intake_record record) -> asio::awaitable<void> {
            const auto ec = co_await into.append(std::move(record));
            EXPECT_FALSE(ec) << ec.message();
        };
        asio::io_context io;
        for (const auto& record : records)
            asio::co_spawn(io, session(journal, record), [](std::exception_ptr e) {
                EXPECT_FALSE(e);
            });
        io.run();
    }

    std::vector<consumed_record> read(partition_reader& reader, std::int32_t partitions)
    {
        std::vector<topic_partition> all;
        for (std::int32_t p = 0; p < partitions; ++p)
            all.push_back({intake, p, 0});
        EXPECT_FALSE(reader.assign(all));
        std::vector<consumed_record> records;
        const auto until = std::chrono::steady_clock::now() + patience;
        for (auto open = partitions; open > 0 && std::chrono::steady_clock::now() < until;) {
            auto next = reader.poll(milliseconds{100});
            if (auto* record = std::get_if<consumed_record>(&next))
                records.push_back(std::move(*record));
            else if (std::holds_alternative<end_of_partition>(next))
                --open;
        }
        return records;
    }

    const kafka_connection connection{
        .bootstrap_servers = shared_broker(), .client_id = "test", .properties = {}};
    const std::string intake = unique_prefix() + "intake";
};

intake_record record_of(const std::string& key)
{
    intake_record one;
    one.key = key;
    one.body = "{}";
    one.source = "sales";
    one.provider = "attendee";
    one.received_at = timestamp{milliseconds{1'786'698'004'002}};
    return one;
}

TEST_F(KafkaJournal, KeepsThePayloadByteForByteWithWhatWasKnownOnArrival)
{
    make_topic(1);
    auto record = record_of("bot_weIAju4OXNZkDTpZ");
    record.body = std::string{"{\"a\": 1.10,\n \"z\":\"\\u00e9\"}\0\xff", 27};
    record.delivery_id = "delivery-1";
    record.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    record.signed_headers = {{"x-webhook-signature", "c2lnbmF0dXJl"}};
    append({record});

    partition_reader reader{connection, "none", partition_reader::isolation::read_committed};
    const auto records = read(reader, 1);
    ASSERT_EQ(records.size(), 1U);
    const auto back =
        read_intake_record(records[0].key(), records[0].value(), records[0].all_headers());
    ASSERT_TRUE(back);
    EXPECT_EQ(back->key, record.key);
    EXPECT_EQ(back->body, record.body);
    EXPECT_EQ(back->source, record.source);
    EXPECT_EQ(back->provider, record.provider);
    EXPECT_EQ(back->via, record.via);
    EXPECT_EQ(back->received_at, record.received_at);
    EXPECT_EQ(back->delivery_id, record.delivery_id);
    EXPECT_EQ(back->traceparent, record.traceparent);
    EXPECT_EQ(back->signed_headers, record.signed_headers);
}

// What the Java client computes: org.apache.kafka.common.utils.Utils.toPositive(Utils.murmur2(key))
// % 12. The first four hashes are those of Kafka's own UtilsTest.testMurmur2.
TEST_F(KafkaJournal, PutsAMeetingWhereTheJavaClientWould)
{
    const std::map<std::string, std::int32_t> hashes{
        {"21", -973932308},
        {"foobar", -790332482},
        {"a-little-bit-long-string", -985981536},
        {"a-little-bit-longer-string", -1486304829},
    };
    constexpr std::int32_t partitions = 12;
    make_topic(partitions);
    std::vector<intake_record> sent;
    for (const auto& [key, hash] : hashes)
        sent.push_back(record_of(key));
    append(sent);

    partition_reader reader{connection, "none", partition_reader::isolation::read_committed};
    const auto records = read(reader, partitions);
    ASSERT_EQ(records.size(), hashes.size());
    for (const auto& record : records) {
        const auto hash = hashes.at(std::string{record.key()});
        EXPECT_EQ(record.partition(), (hash & 0x7fffffff) % partitions) << record.key();
    }
}

TEST_F(KafkaJournal, StoresTheLargestBodyTheListenerTakes)
{
    make_topic(1, {{"max.message.bytes", "2100000"}});  // as `rollcall topics --create` makes it
    auto record = record_of("bot_1");
    record.body.assign(std::size_t{1024} * 1024, 'x');
    append({record});
    partition_reader reader{connection, "none", partition_reader::isolation::read_committed};
    const auto records = read(reader, 1);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].value().size(), record.body.size());
}

}  // namespace
}  // namespace rollcall::test
