// `rollcall doctor` on a deployment that is well, and then on one fault after the other: each has
// to be named by the step that is there for it.
#include "harness/deployment.hpp"
#include "kafka/admin.hpp"
#include "kafka/partition_reader.hpp"
#include "simulator/api_server.hpp"
#include "simulator/attendee.hpp"
#include "simulator/realtimekit.hpp"
#include "simulator/realtimekit_api.hpp"
#include "support/broker.hpp"
#include "support/certificates.hpp"
#include "support/eventually.hpp"
#include "support/fixtures.hpp"
#include "support/ports.hpp"
#include "support/process.hpp"
#include "support/small_disk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

constexpr auto api_key = "key-only";
constexpr auto query_token = "aTokenThatNobodyGuesses";

// Attendee's API, by a clock that is off.
class wrong_clock final : public simulator::api {
public:
    explicit wrong_clock(std::chrono::milliseconds ahead) : ahead_{ahead} {}

    void show(const simulator::performance& what, simulator::steady_time begin, bool at_once)
        override
    {
        real_->show(what, begin, at_once);
    }
    std::string_view path_class(const simulator::api_request& asked) const override
    {
        return real_->path_class(asked);
    }
    bool is_authorised(const simulator::api_request& asked) const override
    {
        return real_->is_authorised(asked);
    }
    simulator::api_answer answer(
        const simulator::api_request& asked, simulator::steady_time now, simulator::hostility how
    ) override
    {
        return real_->answer(asked, now, how);
    }
    simulator::api_answer throttled(std::chrono::seconds wait) const override
    {
        return real_->throttled(wait);
    }
    simulator::api_answer failed() const override { return real_->failed(); }
    simulator::instant clock(simulator::steady_time now, simulator::instant here) const override
    {
        return real_->clock(now, here) + ahead_;
    }

private:
    std::unique_ptr<simulator::api> real_ =
        simulator::attendee{deployment::secret}.open_api({{api_key}, ""});
    std::chrono::milliseconds ahead_;
};

std::unique_ptr<simulator::api> attendee_api()
{
    return simulator::attendee{deployment::secret}.open_api({{api_key}, ""});
}

/// Replaces what has to be there.
std::string replaced(std::string text, const std::string& what, const std::string& by)
{
    const auto at = text.find(what);
    if (at == std::string::npos)
        throw std::runtime_error{"nothing to replace: " + what};
    return text.replace(at, what.size(), by);
}

std::string lines_with(const std::string& text, const std::string& start)
{
    std::istringstream in{text};
    std::string found;
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(start))
            found += line + '\n';
    return found;
}

/// Runs it to its end. Whatever it says, no secret is in it.
completed doctor(const std::string& settings, std::vector<std::string> more = {})
{
    std::vector<std::string> words{
        "-u",
        "ROLLCALL_TEST_KAFKA",
        ROLLCALL_EXECUTABLE,
        "doctor",
        "--config",
        settings,
        "--timeout",
        "3s"};
    words.insert(words.end(), more.begin(), more.end());
    auto said = run("env", words);
    for (const auto* secret :
         {deployment::secret, api_key, query_token, "PRIVATE KEY", "hunter2"}) {
        EXPECT_THAT(said.out, Not(HasSubstr(secret)));
        EXPECT_THAT(said.err, Not(HasSubstr(secret)));
    }
    return said;
}

// The daemon, with every provider there is, and a Kafka of all.
class Doctor : public testing::Test {
protected:
    deployment::options how(const std::string& api, const std::string& kit) const
    {
        const auto token = elsewhere_.path() / "token";
        write_file(token, query_token);
        fs::permissions(token, fs::perms::owner_read | fs::perms::owner_write);
        deployment::options made;
        made.poll.emplace();
        made.poll->base_url = api;
        made.spool_bytes = "16MiB";
        made.more_sources = R"(
  realtime: { provider: recall, region: us-west-2, webhook: { secrets: [ { file: recall-0.secret }, { file: recall-1.secret } ] } }
  rooms:
    provider: standard_webhooks
    webhook: { secrets: [ { file: attendee-0.secret } ], query_token: { file: )" +
                            token.string() + R"( } }
    mapping:
      kinds: { joined: participant.joined }
      meeting: { id: /data/session }
      participant: { id: /data/who }
  kit:
    provider: realtimekit
    webhook: { key: { url: ")" +
                            kit + "/.well-known/webhooks.json\" } }\n";
        return made;
    }

    Doctor()
    {
        for (const auto& file : fs::directory_iterator{rollcall_.file("")})
            if (file.path().extension() == ".secret" || file.path().extension() == ".key")
                fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
        const auto plain = read_file(daemon_.settings());
        put("plain.yaml", plain);
        const auto one = ours_.issue("IP:127.0.0.1"), other = ours_.issue("IP:127.0.0.1");
        put("one.pem", one.certificate);
        put("one.key", one.key);
        put("other.pem", other.certificate);
        put("other.key", other.key);
        put("expired.pem", ours_.issue("IP:127.0.0.1", 3).certificate);
        put("tls.yaml", with_tls("one.pem", "one.key"));
        write_file(daemon_.settings(), with_tls("one.pem", "one.key"));
        daemon_.start();
    }

    std::string file(const std::string& name) const { return rollcall_.file(name).string(); }
    /// Readable by its owner alone, as secrets should be.
    std::string put(const std::string& name, const std::string& text) const
    {
        write_file(file(name), text);
        fs::permissions(file(name), fs::perms::owner_read | fs::perms::owner_write);
        return file(name);
    }
    std::string with_tls(const std::string& certificate, const std::string& key) const
    {
        return replaced(
            read_file(file("plain.yaml")),
            "spool:\n",
            "  - address: " + tls_at_ + "\n    tls: { certificate: " + certificate +
                ", key: " + key + " }\nspool:\n"
        );
    }
    /// The settings with something else in place of something.
    std::string planted(const std::string& what, const std::string& by) const
    {
        return put("planted.yaml", replaced(read_file(file("plain.yaml")), what, by));
    }
    std::string plain() const { return file("plain.yaml"); }
    /// How many records were ever written to what others read.
    std::int64_t published() const
    {
        const kafka_connection to{.bootstrap_servers = rollcall_.kafka(), .client_id = "test"};
        partition_reader reader{to, "nobody", partition_reader::isolation::read_committed};
        std::int64_t records = 0;
        for (const auto* name : {"attendance", "activity", "deadletter"})
            for (std::int32_t p = 0; p < rollcall_.how().partitions; ++p)
                records += reader.query_watermarks(rollcall_.topic(name), p, 10s)->high;
        return records;
    }

    const temp_dir elsewhere_;
    simulator::api_server api_{attendee_api(), {}};
    simulator::api_server kit_{
        simulator::realtimekit{fixture("realtimekit/signature/test_rsa_current_private.pem")}
            .open_api({{"the-token"}, ""}),
        {}};
    const authority ours_;
    const std::string tls_at_ = free_address();
    deployment rollcall_{shared_broker(), how(api_.url(), kit_.url())};
    instance& daemon_ = rollcall_.add("only");
};

void expect_failure(const completed& said, const std::string& line, const std::string& what)
{
    EXPECT_EQ(said.status, (exit_status{1, 0})) << said.out << said.err;
    const auto failed = lines_with(said.out, "FAIL  " + line);
    EXPECT_THAT(failed, HasSubstr(what)) << said.out;
    EXPECT_THAT(said.out, HasSubstr("\n      -> "));
}

void expect_wrong_settings(const completed& said, const std::string& what)
{
    EXPECT_EQ(said.status, (exit_status{78, 0})) << said.out << said.err;
    EXPECT_THAT(lines_with(said.out, "FAIL  settings: "), HasSubstr(what)) << said.out;
    EXPECT_THAT(said.out, HasSubstr("skip  kafka: stands on `settings`"));
    EXPECT_THAT(said.out, HasSubstr("ok    daemon at ")) << "it can be asked all the same";
}

TEST_F(Doctor, FindsNothingWhereAllIsWell)
{
    ASSERT_TRUE(daemon_.ready());
    const auto said = doctor(plain());
    EXPECT_EQ(said.status, (exit_status{0, 0})) << said.out << said.err;
    EXPECT_EQ(lines_with(said.out, "FAIL") + lines_with(said.out, "warn"), "");
    EXPECT_EQ(said.err, "");
    for (const auto& line :
         {"settings: " + plain() + ": 4 sources",
          std::string{"secret files: "},
          "kafka: " + rollcall_.kafka() + " answers",
          "topic " + rollcall_.topic("intake") + ": 4 partitions, 1 replica",
          "topic " + rollcall_.topic("tracking") + ": 4 partitions, 1 replica",
          std::string{"acks=all: an idempotent record was acknowledged"},
          std::string{"transaction: one record was committed"},
          std::string{"scratch topic: "},
          "group " + rollcall_.topic("relay"),
          "source demo: API: " + api_.url() + " answers with 200, the credential counts",
          std::string{"source demo: clock: within 5s of ours"},
          std::string{"source demo: budget: the provider's answers tell none"},
          "source kit: key: " + kit_.url(),
          "listener " + daemon_.listen_address(),
          std::string{"daemon at "} + daemon_.ops_at() + ": ready",
          std::string{"spool: "}})
        EXPECT_THAT(said.out, HasSubstr("ok    " + line));
    const auto at = " at " + daemon_.listen_address();
    for (const auto& line :
         {"demo" + at + ": signed with secret 1 of 1: taken with 202",
          "rooms" + at + ": signed with secret 1 of 1: taken with 202",
          "realtime" + at +
              ": signed with secret 1 of 2: taken with 202; signed with secret 2 of 2: taken",
          "kit" + at + ": refuses what is not signed with 401"})
        EXPECT_THAT(said.out, HasSubstr("ok    route /hooks/" + line));
    EXPECT_THAT(said.out, HasSubstr("skip  source rooms: API: none is set up"));

    const auto objects = doctor(plain(), {"--json"});
    EXPECT_THAT(objects.out, HasSubstr(R"({"verdict":"ok","step":"transaction","seen":)"));
    admin cluster{{.bootstrap_servers = rollcall_.kafka(), .client_id = "test"}};
    const auto scratch = cluster.describe(rollcall_.topic("doctor"), 10s);
    ASSERT_TRUE(scratch);
    EXPECT_FALSE(*scratch) << "is removed again";
    EXPECT_TRUE(eventually(20s, [this] { return rollcall_.is_done(); }));
    EXPECT_EQ(published(), 0);
}

TEST_F(Doctor, NamesFaultsOfTheMachineAndTheDaemon)
{
    ASSERT_TRUE(daemon_.ready());
    expect_wrong_settings(
        doctor(planted("attendee-0.secret", "gone.secret")), "sources.demo.webhook.secrets[0]"
    );
    put("empty.secret", "");
    expect_wrong_settings(doctor(planted("attendee-0.secret", "empty.secret")), "is empty");
    put("planted.yaml", with_tls("expired.pem", "one.key"));
    expect_wrong_settings(doctor(file("planted.yaml")), "expired at");
    put("planted.yaml", with_tls("one.pem", "other.key"));
    expect_wrong_settings(doctor(file("planted.yaml")), "does not belong to the certificate");

    put("wrong.secret", "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmh1bnQ=");
    expect_failure(
        doctor(planted("attendee-0.secret", "wrong.secret")),
        "route /hooks/demo at ",
        "answered with 401"
    );
    const auto stranger = planted("  rooms:\n", "  unknown:\n");
    expect_failure(doctor(stranger), "route /hooks/unknown at ", "answered with 404");

    const auto tls = doctor(file("tls.yaml"));
    EXPECT_EQ(tls.status, (exit_status{0, 0})) << tls.out;
    EXPECT_THAT(tls.out, HasSubstr("answers, with the certificate of the settings"));
    EXPECT_THAT(tls.out, HasSubstr("ok    route /hooks/demo at " + tls_at_));
    EXPECT_THAT(lines_with(tls.out, "warn  certificate of "), HasSubstr("from now"));
    put("planted.yaml", with_tls("other.pem", "other.key"));
    expect_failure(doctor(file("planted.yaml")), "listener " + tls_at_, "certificate");

    fs::permissions(file("attendee-0.secret"), fs::perms::others_read, fs::perm_options::add);
    expect_failure(
        doctor(plain(), {"--set", "spool.directory=/proc/rollcall"}), "spool: ", "/proc"
    );
    const small_disk disk{4UL << 20};
    const auto full = doctor(plain(), {"--set", "spool.directory=" + disk.path().string()});
    expect_failure(full, "spool: ", "not enough for the 16MiB");
    EXPECT_THAT(full.out, HasSubstr("warn  secret files: everybody on this machine may read"));

    ASSERT_TRUE(daemon_.stop());
    const auto alone = doctor(plain());
    expect_failure(alone, "listener ", "Connection refused");
    expect_failure(alone, "daemon at ", "Connection refused");
    EXPECT_THAT(alone.out, HasSubstr("skip  route /hooks/demo at "));
}

TEST_F(Doctor, NamesFaultsOfKafkaAndOfProviders)
{
    ASSERT_TRUE(daemon_.ready());
    const auto prefix = unique_prefix();
    admin cluster{{.bootstrap_servers = rollcall_.kafka(), .client_id = "test"}};
    const auto make = [&](const char* name, std::int32_t partitions, const char* bytes) {
        const std::map<std::string, std::string> config{
            {"retention.ms", "60000"}, {"max.message.bytes", bytes}};
        const topic_plan plan{prefix + name, partitions, 1, config};
        ASSERT_FALSE(cluster.create(plan, 20s)) << cluster.last_error();
    };
    make("intake", 4, "3000000");
    make("attendance", 5, "3000000");
    make("tracking", 4, "100");
    make("doctor", 1, "10");  // no record is as small
    const auto topics = doctor(plain(), {"--set", "kafka.topics.prefix=" + prefix});
    const auto topic = [&prefix](const char* name) { return "topic " + prefix + name; };
    expect_failure(topics, topic("attendance"), "has 5 partitions");
    expect_failure(topics, topic("attendance"), "retention.ms is 60000");
    expect_failure(topics, topic("activity"), "does not exist");
    expect_failure(topics, topic("tracking"), "cleanup.policy is delete, must be compact");
    expect_failure(topics, topic("tracking"), "max.message.bytes is 100, must be at least");
    EXPECT_THAT(
        lines_with(topics.out, "warn  " + topic("intake")), HasSubstr("is kept 1m, 168h by")
    );
    EXPECT_THAT(topics.out, HasSubstr("FAIL  acks=all: "));
    EXPECT_THAT(topics.out, HasSubstr("skip  transaction: stands on `acks=all`"));
    EXPECT_THAT(topics.out, HasSubstr("doctor: was there already, and is left"));
    const auto counts = doctor(plain(), {"--set", "kafka.topics.partitions=6"});
    EXPECT_THAT(counts.out, HasSubstr("4 partitions, 6 by kafka.topics.partitions"));

    const auto away = doctor(plain(), {"--set", "kafka.bootstrap_servers=" + free_address()});
    expect_failure(away, "kafka: ", "Connection refused");
    EXPECT_THAT(away.out, HasSubstr("skip  transaction: stands on `kafka`"));

    const auto api = [](const std::string& url) { return "sources.demo.poll.base_url=" + url; };
    const simulator::api_server expired{
        simulator::attendee{deployment::secret}.open_api({{"another"}, ""}), {}};
    expect_failure(doctor(plain(), {"--set", api(expired.url())}), "source demo: API: ", "401");
    const simulator::api_server behind{std::make_unique<wrong_clock>(-10min), {}};
    expect_failure(
        doctor(plain(), {"--set", api(behind.url())}), "source demo: clock: ", "10m behind ours"
    );
    simulator::api_options exhausted;
    exhausted.faults.of(simulator::api_fault::throttled) = {1, 0};
    exhausted.faults.retry_after = 30s;
    const simulator::api_server busy{attendee_api(), exhausted};
    EXPECT_THAT(
        lines_with(doctor(plain(), {"--set", api(busy.url())}).out, "warn  source demo: budget: "),
        AllOf(HasSubstr("another 30s"), HasSubstr("429"))
    );
    expect_failure(
        doctor(plain(), {"--set", api("http://" + free_address())}),
        "source demo: API: ",
        "Connection refused"
    );
}

TEST(DoctorOfABroker, NamesWhatItRefuses)
{
    broker kafka{broker::doors::guarded};
    // More replicas of its state than there are brokers: as after a cluster was made smaller.
    std::ofstream{kafka.file("server.properties"), std::ios::app}
        << "\ntransaction.state.log.replication.factor=3\n"
           "transaction.state.log.min.isr=2\n";
    kafka.start();
    const temp_dir directory;
    const auto settings = (directory.path() / "rollcall.yaml").string();
    const auto write = [&](const std::string& password) {
        write_file(directory.path() / "password", password);
        write_file(
            settings,
            "kafka:\n  bootstrap_servers: \"" + kafka.sasl_ssl_address() +
                "\"\n  properties:\n    security.protocol: SASL_SSL\n    ssl.ca.location: " +
                kafka.file("ca.pem").string() +
                "\n    sasl.mechanism: PLAIN\n    sasl.username: rollcall\n"
                "    sasl.password: { file: password }\n"
                "spool: { max_bytes: 0B }\n"
                "sources: { kit: { provider: realtimekit, webhook: { key: { url: \"http://" +
                free_address() + "/k\" } } } }\n"
        );
    };
    write(read_file(kafka.file("password")));
    const auto refused = doctor(settings);
    expect_failure(refused, "transaction: ", "init_transactions");
    EXPECT_THAT(refused.out, HasSubstr("transaction.state.log.replication.factor"));
    EXPECT_THAT(refused.out, HasSubstr("ok    acks=all: "));
    EXPECT_THAT(refused.out, HasSubstr("ok    scratch topic: "));
    expect_failure(refused, "source kit: key: ", "Connection refused");
    EXPECT_THAT(refused.out, HasSubstr("skip  spool: there is none"));
    write("hunter2");
    const auto stranger = doctor(settings);
    expect_failure(stranger, "kafka: ", "SASL authentication error");
    EXPECT_THAT(stranger.out, HasSubstr("the password"));
}

}  // namespace
}  // namespace rollcall::test
