// The daemon on a socket that its service manager keeps: it comes and goes, and nobody who connects
// notices.
#include "harness/deployment.hpp"
#include "harness/reading.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

// What systemd holds for a socket unit.
class kept_socket {
public:
    explicit kept_socket(const std::string& address)
    {
        const auto colon = address.rfind(':');
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
        ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &at.sin_addr);
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        const int on = 1;
        ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (::bind(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
            ::listen(socket_, 4'096) != 0)
            throw std::system_error{errno, std::generic_category(), address};
    }
    ~kept_socket() { ::close(socket_); }
    kept_socket(const kept_socket&) = delete;
    kept_socket& operator=(const kept_socket&) = delete;

    int descriptor() const { return socket_; }

private:
    int socket_ = -1;
};

// Senders that connect anew for every webhook, one after the other, until told to stop.
class senders {
public:
    senders(const instance& to, unsigned count)
    {
        for (unsigned n = 0; n < count; ++n)
            threads_.emplace_back([this, &to, n](const std::stop_token& stop) {
                for (unsigned i = 0; !stop.stop_requested(); ++i)
                    send_one(
                        to, "m" + std::to_string(n), std::to_string(n) + "-" + std::to_string(i)
                    );
            });
    }

    void stop()
    {
        for (auto& each : threads_)
            each.request_stop();
        threads_.clear();
    }
    std::uint64_t taken() const { return taken_; }
    /// By what came of them: status, or the error.
    std::map<std::string, int> failures()
    {
        const std::lock_guard lock{mutex_};
        return failures_;
    }

private:
    void send_one(const instance& to, const std::string& meeting, const std::string& id)
    {
        const auto now =
            std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
        const auto what = participant_event(meeting, id, "join", now);
        const auto answer = post(to.webhook_url(), what.headers, what.body, 20s);
        if (answer.status / 100 == 2) {
            ++taken_;
            return;
        }
        const std::lock_guard lock{mutex_};
        ++failures_[answer.error ? answer.error.message() : std::to_string(answer.status)];
    }

    std::atomic<std::uint64_t> taken_{0};
    std::mutex mutex_;
    std::map<std::string, int> failures_;
    std::vector<std::jthread> threads_;
};

TEST(SocketActivation, TwentyRestartsUnderLoadFailNobody)
{
    deployment::options how;
    how.hold = 200ms;
    deployment rollcall{shared_broker(), how};
    auto& daemon = rollcall.add("only");
    const kept_socket socket{daemon.listen_address()};
    const launch with{.environment = {}, .socket = socket.descriptor()};
    daemon.start(with);
    ASSERT_TRUE(daemon.ready());

    senders load{daemon, 4};
    constexpr int restarts = 20;
    for (int n = 0; n < restarts; ++n) {
        const auto before = load.taken();
        ASSERT_TRUE(eventually(30s, [&] { return load.taken() >= before + 40; })) << n;
        ASSERT_EQ(daemon.stop(), (exit_status{0, 0})) << n;
        daemon.start(with);
    }
    const auto before = load.taken();
    EXPECT_TRUE(eventually(30s, [&] { return load.taken() >= before + 40; }));
    load.stop();
    const auto failures = load.failures();
    for (const auto& [why, count] : failures)
        ADD_FAILURE() << count << " times " << why;
    std::cout << load.taken() << " webhooks over " << restarts << " restarts, " << failures.size()
              << " failed\n";

    ASSERT_TRUE(daemon.ready());
    reading reader{rollcall};
    reader.until_probed(daemon, "end");
    std::map<std::string, int> times;
    for (const auto& record : reader.without_probes().attendance) {
        const auto id = record.header("ce_id").value_or("");
        ++times[id];
    }
    EXPECT_EQ(times.size(), load.taken());
    for (const auto& [id, count] : times)
        EXPECT_EQ(count, 1) << id;
    EXPECT_EQ(daemon.stop(), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
