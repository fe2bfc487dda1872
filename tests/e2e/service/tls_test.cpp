// Webhooks over TLS into a Kafka that is reached over TLS with a password, while the certificate is
// changed in every way there is.
#include "harness/deployment.hpp"
#include "harness/reading.hpp"
#include "support/broker.hpp"
#include "support/certificates.hpp"
#include "support/eventually.hpp"
#include "support/notify_receiver.hpp"
#include "support/ports.hpp"
#include "support/tls_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <iostream>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

tcp::endpoint endpoint_of(const std::string& address)
{
    const auto colon = address.rfind(':');
    return {
        boost::asio::ip::make_address(address.substr(0, colon)),
        static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)))};
}

std::string request_of(const simulator::webhook& what)
{
    auto text = std::string{"POST /hooks/demo HTTP/1.1\r\nHost: localhost\r\n"};
    for (const auto& [name, value] : what.headers)
        text.append(name).append(": ").append(value).append("\r\n");
    return text + "Content-Length: " + std::to_string(what.body.size()) + "\r\n\r\n" + what.body;
}

// Senders that keep their connection, and senders that make one for every webhook.
class load {
public:
    load(tcp::endpoint to, std::string ca) : to_{std::move(to)}
    {
        how_.ca = std::move(ca);
        for (int n = 0; n < 4; ++n)
            threads_.emplace_back([this, n] { send_on(std::to_string(n), n % 2 == 0); });
    }
    ~load() { stop(); }
    void stop()
    {
        enough_ = true;
        for (auto& each : threads_)
            if (each.joinable())
                each.join();
    }
    /// Waits until as many more have been answered, as the senders go on.
    [[nodiscard]] bool goes_on(std::size_t by = 40)
    {
        const auto before = sent_.load();
        return eventually(20s, [&] { return sent_ >= before + by; });
    }
    std::set<std::string> acknowledged() const { return acknowledged_; }
    const std::vector<std::string>& failures() const { return failures_; }

private:
    void send_on(const std::string& name, bool kept)
    {
        std::unique_ptr<tls_client> by;
        for (int i = 0; !enough_; ++i) {
            if (!by || !kept)
                by = std::make_unique<tls_client>(to_, how_);
            send_one(*by, "bot_" + name + "_" + std::to_string(i));
            std::this_thread::sleep_for(5ms);  // the pace, not a wait for anything
        }
    }
    void send_one(tls_client& by, const std::string& meeting)
    {
        const auto now =
            std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
        const bool sent =
            by.connected() &&
            by.send(request_of(participant_event(meeting, "pe_" + meeting, "join", now)));
        const auto status = sent ? by.read_answer().status : 0;
        const std::lock_guard lock{mutex_};
        ++sent_;
        if (status == 202)
            acknowledged_.insert(meeting);
        else
            failures_.push_back(meeting + ": " + std::to_string(status) + " " + by.trouble());
    }

    const tcp::endpoint to_;
    tls_manner how_;
    std::atomic<bool> enough_{false};
    std::atomic<std::size_t> sent_{0};
    std::mutex mutex_;
    std::set<std::string> acknowledged_;
    std::vector<std::string> failures_;
    std::vector<std::thread> threads_;
};

class Tls : public testing::Test {
protected:
    broker kafka{broker::doors::guarded};
    const authority ours;
    notify_receiver manager;
    std::unique_ptr<deployment> rollcall;
    instance* daemon = nullptr;
    tcp::endpoint listener;

    // Topics are made, and messages read, without TLS; the daemon itself goes by TLS alone.
    void SetUp() override
    {
        kafka.start();
        rollcall = std::make_unique<deployment>(kafka.address(), deployment::options{});
        daemon = &rollcall->add("only");
        const auto address = free_address();
        listener = endpoint_of(address);
        store(ours.issue("DNS:localhost"));
        auto settings = read_file(daemon->settings());
        const auto replace = [&settings](const std::string& what, const std::string& by) {
            settings.replace(settings.find(what), what.size(), by);
        };
        replace(
            "bootstrap_servers: " + kafka.address(),
            "bootstrap_servers: " + kafka.sasl_ssl_address() +
                "\n  properties: { security.protocol: SASL_SSL, sasl.mechanism: PLAIN, "
                "sasl.username: rollcall, ssl.ca.location: " +
                kafka.file("ca.pem").string() +
                ", sasl.password: { file: " + kafka.file("password").string() + " } }"
        );
        replace(
            "listen:\n",
            "listen:\n  - address: " + address +
                "\n    tls: { certificate: tls.crt, key: tls.key }\n"
        );
        write_file(daemon->settings(), settings);
        daemon->start({.environment = {{"NOTIFY_SOCKET", manager.address()}}});
        ASSERT_TRUE(daemon->ready());
    }

    void store(const identity& own)
    {
        write_file(rollcall->file("tls.crt"), own.certificate);
        write_file(rollcall->file("tls.key"), own.key);
    }
    tls_manner trusting() const
    {
        tls_manner how;
        how.ca = ours.certificate();
        return how;
    }
    std::string certificate_now() const { return tls_client{listener, trusting()}.certificate(); }
    [[nodiscard]] bool shows(const identity& wanted) const
    {
        return eventually(20s, [&] { return certificate_now() == wanted.certificate; });
    }
    // What the service manager is told, as soon as it holds `part`.
    [[nodiscard]] bool told(const std::string& part)
    {
        const auto until = std::chrono::steady_clock::now() + 20s;
        while (std::chrono::steady_clock::now() < until)
            if (const auto line = manager.until("STATUS=", 5s);
                line && line->find(part) != std::string::npos)
                return true;
        return false;
    }
};

TEST_F(Tls, CertificatesChangeUnderLoadAndEveryWebhookIsInKafkaOnce)
{
    load senders{listener, ours.certificate()};
    ASSERT_TRUE(senders.goes_on());

    const auto second = ours.issue("DNS:localhost");
    store(second);
    EXPECT_TRUE(shows(second)) << "the files have changed";
    EXPECT_TRUE(senders.goes_on());

    const auto third = ours.issue("DNS:localhost");
    write_file(rollcall->file("tls.crt"), third.certificate);
    EXPECT_TRUE(told("is not renewed")) << "the key is another one's";
    EXPECT_EQ(certificate_now(), second.certificate);
    EXPECT_TRUE(senders.goes_on());
    daemon->signal(SIGHUP);
    EXPECT_TRUE(told("tls.key: does not belong to the certificate"));
    EXPECT_EQ(certificate_now(), second.certificate);
    EXPECT_TRUE(senders.goes_on());

    write_file(rollcall->file("tls.key"), third.key);
    daemon->signal(SIGHUP);
    EXPECT_TRUE(shows(third));
    EXPECT_TRUE(senders.goes_on());

    senders.stop();
    EXPECT_THAT(senders.failures(), testing::IsEmpty());
    const auto acknowledged = senders.acknowledged();
    std::cout << acknowledged.size() << " webhooks over four certificates\n";

    reading reader{*rollcall};
    reader.until_probed(*daemon, "end");
    std::multiset<std::string> published;
    for (const auto& record : reader.without_probes().attendance)
        published.insert(record.key.value_or(""));
    EXPECT_EQ(published, (std::multiset<std::string>{acknowledged.begin(), acknowledged.end()}));
    EXPECT_EQ(daemon->stop(), (exit_status{0, 0}));
    EXPECT_THAT(
        read_file(daemon->log()),
        AllOf(
            HasSubstr("the certificate is not renewed"),
            HasSubstr("the settings are not reloaded"),
            Not(HasSubstr("PRIVATE KEY")),
            Not(HasSubstr(read_file(kafka.file("password"))))
        )
    );
}

}  // namespace
}  // namespace rollcall::test
