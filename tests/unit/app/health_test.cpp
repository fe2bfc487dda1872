#include "app/health.hpp"

#include "app/exit_code.hpp"
#include "http/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>

#include <sstream>

namespace rollcall {
namespace {

using testing::AllOf;
using testing::HasSubstr;

namespace asio = boost::asio;
using asio::ip::tcp;

TEST(HealthUrl, IsOnLoopbackWhereTheDaemonListensEverywhere)
{
    EXPECT_EQ(health_url("0.0.0.0:9464"), "http://127.0.0.1:9464");
    EXPECT_EQ(health_url("[::]:9464"), "http://[::1]:9464");
    EXPECT_EQ(health_url("10.0.0.7:80"), "http://10.0.0.7:80");
    EXPECT_EQ(health_url("[fd00::7]:9464"), "http://[fd00::7]:9464");
}

TEST(HealthUrl, IsNoneWhereTheSystemChoseThePort)
{
    EXPECT_EQ(health_url("127.0.0.1:0"), std::nullopt);
    EXPECT_EQ(health_url("nowhere"), std::nullopt);
}

/// Answers every path with what the test says.
class answering final : public http::handler {
public:
    asio::awaitable<http::response> handle(const http::request& asked) override
    {
        http::response made;
        made.status = asked.path == "/livez" ? 200 : status;
        made.body = asked.path == "/livez" ? "ok\n" : body;
        co_return made;
    }

    unsigned status = 200;
    std::string body = "ready\n";
};

class Health : public testing::Test {
protected:
    Health() { server_.start(); }

    /// The exit code; what was printed is in `printed`.
    int asked(const health_options& how = {})
    {
        std::ostringstream out;
        const auto port = server_.local_endpoints().front().port();
        const int code = run_health("127.0.0.1:" + std::to_string(port), how, out);
        printed = out.str();
        return code;
    }

    answering answers;
    std::string printed;

private:
    http::server server_{{}, 1, {"127.0.0.1:0"}, answers};
};

TEST_F(Health, IsWhatTheDaemonSays)
{
    EXPECT_EQ(asked(), exit_done);
    EXPECT_EQ(printed, "ready\n");
    answers.body = "degraded: spooling, 12 records wait\n";
    EXPECT_EQ(asked(), exit_done);
    EXPECT_EQ(printed, "degraded: spooling, 12 records wait\n");
    answers.status = 503;
    answers.body = "restoring 3 of 12 partitions\n";
    EXPECT_EQ(asked(), exit_failed);
    EXPECT_EQ(printed, "restoring 3 of 12 partitions\n");
}

TEST_F(Health, OfOneThatIsNotReadyIsLiveAllTheSame)
{
    answers.status = 503;
    EXPECT_EQ(asked({.live = true}), exit_done);
    EXPECT_EQ(printed, "ok\n");
}

TEST(HealthOfNobody, IsBad)
{
    asio::io_context io;
    tcp::acceptor closed{io, {asio::ip::address_v4::loopback(), 0}};
    const auto port = std::to_string(closed.local_endpoint().port());
    closed.close();
    std::ostringstream out;
    EXPECT_EQ(run_health("127.0.0.1:" + port, {}, out), exit_failed);
    EXPECT_THAT(
        out.str(), AllOf(HasSubstr("health: http://127.0.0.1:" + port), HasSubstr("refused"))
    );
    EXPECT_EQ(run_health("127.0.0.1:0", {}, out), exit_failed);
}

// As a daemon does that SIGSTOP holds: its kernel takes the connection, and nobody answers.
TEST(HealthOfOneThatIsStopped, IsBadWhenTheTimeoutIsOver)
{
    asio::io_context io;
    const tcp::acceptor silent{io, {asio::ip::address_v4::loopback(), 0}};
    const auto address = "127.0.0.1:" + std::to_string(silent.local_endpoint().port());
    std::ostringstream out;
    const auto before = std::chrono::steady_clock::now();
    EXPECT_EQ(run_health(address, {.timeout = milliseconds{200}}, out), exit_failed);
    const auto taken = std::chrono::steady_clock::now() - before;
    EXPECT_GE(taken, milliseconds{190});
    EXPECT_LT(taken, milliseconds{5'000});
    EXPECT_THAT(out.str(), HasSubstr("health: "));
}

}  // namespace
}  // namespace rollcall
