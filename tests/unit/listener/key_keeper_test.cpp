#include "listener/key_keeper.hpp"

#include "http/server.hpp"
#include "support/eventually.hpp"
#include "support/fixtures.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>

namespace rollcall {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

std::string answer_of(const std::string& name)
{
    return test::fixture("realtimekit/keys/" + name + ".json");
}

// Serves a key; what it says can be changed while it runs.
class key_server final : public http::handler {
public:
    explicit key_server(std::string says, unsigned status = 200)
        : says_{std::move(says)}, status_{status}
    {
        server_.start();
    }
    ~key_server() override { server_.stop(0ms); }

    std::string url() const
    {
        return "http://127.0.0.1:" + std::to_string(server_.local_endpoints().front().port()) +
               "/.well-known/webhooks.json";
    }
    void say(std::string text, unsigned status = 200)
    {
        const std::lock_guard lock{mutex_};
        says_ = std::move(text);
        status_ = status;
    }
    int asked() const { return asked_; }

    asio::awaitable<http::response> handle(const http::request& asked) override
    {
        EXPECT_EQ(asked.path, "/.well-known/webhooks.json");
        ++asked_;
        const std::lock_guard lock{mutex_};
        http::response answer;
        answer.status = status_;
        answer.body = says_;
        co_return answer;
    }

private:
    std::mutex mutex_;
    std::string says_;
    unsigned status_;
    std::atomic<int> asked_{0};
    http::server server_{http::limits{}, 1, {"127.0.0.1:0"}, *this};
};

key_keeper::options keeping(const std::string& url)
{
    return {.source = "rtk", .from = find_provider("realtimekit"), .url = url, .ca_file = {}};
}

bool renewed(key_keeper& keeper)
{
    asio::io_context io;
    auto waited = keeper.renew(std::chrono::steady_clock::now());
    auto known = asio::co_spawn(io, std::move(waited), asio::use_future);
    io.run();
    return known.get();
}

bool has_keys(const key_keeper& keeper, std::size_t count)
{
    return test::eventually(10s, [&] { return keeper.keys()->size() == count; });
}

TEST(KeyKeeper, FetchesTheKeyByItself)
{
    key_server server{answer_of("well_known_webhooks")};
    const key_keeper keeper{keeping(server.url())};
    ASSERT_TRUE(has_keys(keeper, 1));
    EXPECT_EQ(keeper.keys()->front().kind, key_kind::rsa);
    EXPECT_EQ(server.asked(), 1);
}

TEST(KeyKeeper, TriesAgainUntilTheServerHasRecovered)
{
    key_server server{"out of order", 502};
    key_keeper keeper{keeping(server.url())};
    EXPECT_FALSE(renewed(keeper));
    EXPECT_TRUE(keeper.keys()->empty());
    server.say("<html>not yet</html>");
    ASSERT_TRUE(test::eventually(10s, [&] { return server.asked() >= 2; }));
    server.say(answer_of("well_known_webhooks"));
    EXPECT_TRUE(has_keys(keeper, 1));
}

TEST(KeyKeeper, RenewsOnceForManyThatAskAndNotAgainWithinTheTime)
{
    key_server server{answer_of("well_known_webhooks")};
    auto how = keeping(server.url());
    how.pace.refetch = 1h;
    key_keeper keeper{how};
    ASSERT_TRUE(has_keys(keeper, 1));
    EXPECT_FALSE(renewed(keeper));
    EXPECT_FALSE(renewed(keeper));
    EXPECT_EQ(server.asked(), 1);
}

TEST(KeyKeeper, FetchesTheNextKeyWhenACheckHasFailedAndKeepsTheOneBefore)
{
    key_server server{answer_of("well_known_webhooks")};
    auto how = keeping(server.url());
    how.pace.refetch = 1ms;
    key_keeper keeper{how};
    ASSERT_TRUE(has_keys(keeper, 1));
    const auto before = keeper.keys()->front().bytes;
    server.say(answer_of("well_known_webhooks_rotated"));
    EXPECT_TRUE(renewed(keeper));
    ASSERT_EQ(keeper.keys()->size(), 2U);
    EXPECT_NE(keeper.keys()->at(0).bytes, before);
    EXPECT_EQ(keeper.keys()->at(1).bytes, before);
}

TEST(KeyKeeper, GivesUpAKeyAfterItsGraceTime)
{
    key_server server{answer_of("well_known_webhooks")};
    auto how = keeping(server.url());
    how.pace = {.refresh = 1h, .refetch = 1ms, .grace = 300ms};
    key_keeper keeper{how};
    ASSERT_TRUE(has_keys(keeper, 1));
    server.say(answer_of("well_known_webhooks_rotated"));
    EXPECT_TRUE(renewed(keeper));
    EXPECT_TRUE(has_keys(keeper, 1));
}

TEST(KeyKeeper, KeepsItsKeyWhenTheServerBreaks)
{
    key_server server{answer_of("well_known_webhooks")};
    auto how = keeping(server.url());
    how.pace.refetch = 1ms;
    key_keeper keeper{how};
    ASSERT_TRUE(has_keys(keeper, 1));
    server.say(R"({"success":true,"data":{"publicKey":"garbage"}})");
    EXPECT_FALSE(renewed(keeper));
    EXPECT_EQ(keeper.keys()->size(), 1U);
}

TEST(KeyKeeper, LetsNobodyWaitLongerThanAsecond)
{
    // Accepts and says nothing.
    asio::io_context io;
    asio::ip::tcp::acceptor silent{io, {asio::ip::address_v4::loopback(), 0}};
    auto how = keeping("http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/k");
    how.longest_wait = 50ms;
    key_keeper keeper{how};
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_FALSE(renewed(keeper));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
}

TEST(KeyKeeper, RefusesWhatIsNoUrl)
{
    EXPECT_THROW(key_keeper{keeping("ftp://example.com/key")}, std::invalid_argument);
}

}  // namespace
}  // namespace rollcall
