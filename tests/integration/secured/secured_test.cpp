// A broker that wants TLS, certificates and passwords: by our clients, and by the executable.
#include "kafka/admin.hpp"
#include "kafka/partition_reader.hpp"
#include "kafka/transactional_producer.hpp"
#include "support/broker.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace rollcall::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using property_map = std::map<std::string, std::string>;

constexpr milliseconds patience{20'000};
constexpr int scram_right_since = 0x020601ff;  // of librdkafka, against Kafka 4

// Few tests, for ctest runs each by itself: a broker takes four seconds to start.
class SecuredKafka : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        kafka = new broker{broker::doors::guarded};
        kafka->start();
    }
    static void TearDownTestSuite()
    {
        delete kafka;
        kafka = nullptr;
    }

    static property_map by_password(const std::string& mechanism)
    {
        return {
            {"security.protocol", "SASL_SSL"},
            {"ssl.ca.location", kafka->file("ca.pem")},
            {"sasl.mechanism", mechanism},
            {"sasl.username", "rollcall"},
            {"sasl.password", read_file(kafka->file("password"))}};
    }
    static property_map by_certificate()
    {
        return {
            {"security.protocol", "SSL"},
            {"ssl.ca.location", kafka->file("ca.pem")},
            {"ssl.certificate.location", kafka->file("client.pem")},
            {"ssl.key.location", kafka->file("client.key")}};
    }
    static kafka_connection connection(const std::string& to, const property_map& with)
    {
        return {.bootstrap_servers = to, .client_id = "test", .properties = with};
    }
    /// Why the topic `name` cannot be described; empty where it can, or is not there.
    static std::string trouble(const std::string& to, const property_map& with)
    {
        admin cluster{connection(to, with)};
        const auto seen = cluster.describe("nothing", patience);
        return seen ? "" : cluster.last_error();
    }

    static broker* kafka;
    temp_dir directory;
};

broker* SecuredKafka::kafka = nullptr;

// Topics, a transaction, and who reads it: all that the daemon does.
void expect_a_transaction(const kafka_connection& connection, const std::string& topic)
{
    admin cluster{connection};
    const topic_plan plan{.name = topic, .partitions = 1, .replication_factor = 1, .config = {}};
    ASSERT_FALSE(cluster.create(plan, patience)) << cluster.last_error();
    transactional_producer producer{connection, topic, patience};
    ASSERT_FALSE(producer.init(patience)) << producer.last_error();
    ASSERT_FALSE(producer.begin());
    outgoing_record record;
    record.topic = topic;
    record.partition = 0;
    record.value = "kept";
    ASSERT_FALSE(producer.produce(record));
    ASSERT_FALSE(producer.commit(patience)) << producer.last_error();
    partition_reader reader{
        connection, topic + ".group", partition_reader::isolation::read_committed};
    const std::vector from{topic_partition{topic, 0, 0}};
    ASSERT_FALSE(reader.assign(from));
    const auto until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
        const auto came = reader.poll(milliseconds{500});
        if (const auto* read = std::get_if<consumed_record>(&came)) {
            EXPECT_EQ(read->value(), "kept");
            return;
        }
    }
    FAIL() << "nothing was read";
}

TEST_F(SecuredKafka, TakesPasswordsAndCertificates)
{
    expect_a_transaction(connection(kafka->sasl_ssl_address(), by_password("PLAIN")), "by.plain");
    expect_a_transaction(connection(kafka->ssl_address(), by_certificate()), "by.certificate");
    for (const auto* mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-512"}) {
        const auto with = by_password(mechanism);
        if (rd_kafka_version() >= scram_right_since)
            expect_a_transaction(
                connection(kafka->sasl_ssl_address(), with), std::string{"by."} + mechanism
            );
        else  // it cannot, and that is said
            EXPECT_THAT(
                trouble(kafka->sasl_ssl_address(), with),
                AllOf(HasSubstr(mechanism), HasSubstr("(2.6.1 can)"))
            );
    }
}

TEST_F(SecuredKafka, SaysWhatIsWrong)
{
    const auto at = kafka->sasl_ssl_address();
    const auto right = by_password("PLAIN");
    auto wrong_password = right;
    wrong_password["sasl.password"] = "hunter2";
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(
        trouble(at, wrong_password),
        AllOf(HasSubstr("SASL authentication error"), Not(HasSubstr("hunter2")))
    );
    EXPECT_LT(std::chrono::steady_clock::now() - begin, patience / 2) << "at once";

    auto unknown_authority = right;
    unknown_authority.erase("ssl.ca.location");
    EXPECT_THAT(
        trouble(at, unknown_authority),
        AllOf(HasSubstr("is from an unknown authority"), HasSubstr("ssl.ca.location"))
    );

    const auto by_name = "localhost" + at.substr(at.rfind(':'));
    EXPECT_THAT(
        trouble(by_name, right), AllOf(HasSubstr("localhost"), HasSubstr("is not for that host"))
    );
    EXPECT_EQ(trouble(at, right), "");

    auto no_certificate = by_certificate();
    no_certificate.erase("ssl.certificate.location");
    no_certificate.erase("ssl.key.location");
    admin cluster{connection(kafka->ssl_address(), no_certificate)};
    EXPECT_FALSE(cluster.describe("nothing", milliseconds{2'000}));
    EXPECT_THAT(cluster.last_error(), HasSubstr("certificate required"));
}

// ---- the executable, with settings

class SecuredCommands : public SecuredKafka {
protected:
    // Relative: from the directory of the settings.
    void write_settings(const std::string& password, const std::string& prefix)
    {
        write_file(directory.path() / "kafka.password", password + "\n");
        write_file(directory.path() / "ca.pem", read_file(kafka->file("ca.pem")));
        write_file(directory.path() / "secret", "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmh1bnQ=\n");
        write_file(
            directory.path() / "rollcall.yaml",
            "kafka:\n  bootstrap_servers: " + kafka->sasl_ssl_address() +
                "\n  properties:\n    security.protocol: SASL_SSL\n"
                "    ssl.ca.location: ca.pem\n    sasl.mechanism: PLAIN\n"
                "    sasl.username: rollcall\n    sasl.password: { file: kafka.password }\n"
                "  topics: { prefix: " +
                prefix +
                " }\nsources: { a: { provider: attendee, webhook: { secrets: [ { file: secret } ] "
                "} } }\n"
        );
    }
    completed rollcall(std::vector<std::string> words) const
    {
        words.emplace_back("--config");
        words.emplace_back(directory.path() / "rollcall.yaml");
        return run(ROLLCALL_EXECUTABLE, words, {{"ROLLCALL_LOG_LEVEL", "info"}});
    }
};

TEST_F(SecuredCommands, WorkByPasswordOrSayWhyNot)
{
    const auto password = read_file(kafka->file("password"));
    write_settings(password, "right.");
    const auto checked = rollcall({"check"});
    EXPECT_EQ(checked.status, exit_status{0}) << checked.err;
    EXPECT_THAT(checked.out, Not(HasSubstr(password)));
    const auto made = rollcall({"topics", "--create"});
    EXPECT_EQ(made.status, exit_status{0}) << made.err;
    EXPECT_THAT(made.out, HasSubstr("right.intake"));
    const auto tracked = rollcall({"track"});
    EXPECT_EQ(tracked.status, exit_status{0}) << tracked.err;

    write_settings("hunter2", "wrong.");
    const auto refused = rollcall({"topics", "--create"});
    EXPECT_EQ(refused.status, exit_status{1});
    EXPECT_THAT(
        refused.err,
        AllOf(
            HasSubstr("cannot be created"),
            HasSubstr("SASL authentication error"),
            Not(HasSubstr("hunter2"))
        )
    );

    write_file(directory.path() / "ca.pem", "none");
    const auto faulty = rollcall({"check"});
    EXPECT_EQ(faulty.status, exit_status{78});
    EXPECT_THAT(
        faulty.err, AllOf(HasSubstr("kafka.properties"), HasSubstr("ssl.ca.location failed"))
    );
}

}  // namespace
}  // namespace rollcall::test
