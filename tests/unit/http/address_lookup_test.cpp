#include "http/address_lookup.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>

namespace rollcall::http {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

constexpr auto patience = 10s;

steady_time in(std::chrono::milliseconds time)
{
    return std::chrono::steady_clock::now() + time;
}

// A name server that answers when the test says so.
class name_server {
public:
    lookup_answer answer;
    std::atomic<int> asked = 0;

    address_lookup::asked ask()
    {
        return [this](const std::string& host, std::uint16_t port) {
            EXPECT_EQ(host, "attendee.test");
            EXPECT_EQ(port, 443);
            ++asked;
            opened_.wait();
            left_.set_value();
            return answer;
        };
    }
    void open() { gate_.set_value(); }
    /// Until the thread that asked has come out of here.
    void await_left()
    {
        ASSERT_EQ(left_.get_future().wait_for(patience), std::future_status::ready);
    }

private:
    std::promise<void> gate_;
    std::shared_future<void> opened_ = gate_.get_future().share();
    std::promise<void> left_;
};

class AddressLookup : public testing::Test {
protected:
    using outcome = std::optional<result<endpoints>>;

    asio::io_context io;
    name_server server;
    const endpoints two{
        {asio::ip::make_address("10.0.0.1"), 443}, {asio::ip::make_address("::1"), 443}};

    void find(address_lookup& by, steady_time until, outcome& into)
    {
        asio::co_spawn(io, by.find(until), [&into](const std::exception_ptr& failed, auto found) {
            ASSERT_FALSE(failed);
            into = std::move(found);
        });
    }
    void run()
    {
        io.restart();
        io.run_for(patience);
        ASSERT_TRUE(io.stopped());
    }
};

TEST_F(AddressLookup, TakesAnAddressForWhatItIs)
{
    for (const std::string host : {"127.0.0.1", "fd00::7"}) {
        address_lookup lookup{io.get_executor(), host, 8000, server.ask()};
        outcome found;
        find(lookup, in(patience), found);
        run();
        ASSERT_TRUE(found && *found);
        const endpoints expected{{asio::ip::make_address(host), 8000}};
        EXPECT_EQ(**found, expected);
    }
    EXPECT_EQ(server.asked, 0);
}

TEST_F(AddressLookup, AsksTheSystemForAName)
{
    const auto said = ask_system("localhost", 8000);
    ASSERT_FALSE(said.found.empty()) << said.trouble;
    for (const auto& each : said.found) {
        EXPECT_TRUE(each.address().is_loopback());
        EXPECT_EQ(each.port(), 8000);
    }
}

TEST_F(AddressLookup, AsksOnceForAllWhoWaitAndAgainForWhoComesLater)
{
    server.answer.found = two;
    server.open();
    address_lookup lookup{io.get_executor(), "attendee.test", 443, [this](const auto&, auto) {
                              ++server.asked;
                              return server.answer;
                          }};
    outcome found[3];
    for (auto& each : found)
        find(lookup, in(patience), each);
    run();
    EXPECT_EQ(server.asked, 1);
    for (const auto& each : found) {
        ASSERT_TRUE(each && *each);
        EXPECT_EQ(**each, two);
    }

    server.answer.found.pop_back();
    find(lookup, in(patience), found[0]);
    run();
    EXPECT_EQ(server.asked, 2);
    ASSERT_TRUE(*found[0]);
    EXPECT_EQ((**found[0]).size(), 1U);
}

TEST_F(AddressLookup, SaysWhyThereIsNoAddress)
{
    server.answer.trouble = "Name or service not known";
    server.open();
    address_lookup lookup{io.get_executor(), "attendee.test", 443, server.ask()};
    outcome found;
    find(lookup, in(patience), found);
    run();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->error(), errc::name_not_found);
    EXPECT_EQ(lookup.trouble(), "Name or service not known");
}

TEST_F(AddressLookup, IsWaitedForNoLongerThanAllowedAndAskedOnlyOnceMeanwhile)
{
    server.answer.found = two;
    address_lookup lookup{io.get_executor(), "attendee.test", 443, server.ask()};
    outcome first;
    outcome second;
    find(lookup, in(10ms), first);
    run();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->error(), errc::connect_timed_out);

    find(lookup, in(patience), second);
    io.restart();
    io.poll();
    server.open();
    run();
    ASSERT_TRUE(second && *second);
    EXPECT_EQ(**second, two);
    EXPECT_EQ(server.asked, 1);
}

TEST_F(AddressLookup, EndsEveryWaitWhenStopped)
{
    address_lookup lookup{io.get_executor(), "attendee.test", 443, server.ask()};
    outcome found[2];
    for (auto& each : found)
        find(lookup, in(patience), each);
    io.poll();
    lookup.stop();
    run();
    for (const auto& each : found) {
        ASSERT_TRUE(each);
        EXPECT_EQ(each->error(), errc::stopped);
    }
    find(lookup, in(patience), found[0]);
    run();
    EXPECT_EQ(found[0]->error(), errc::stopped);
    server.open();
    server.await_left();
}

TEST_F(AddressLookup, LeavesNothingToALoopThatIsGone)
{
    outcome found;
    {
        asio::io_context short_lived;
        address_lookup lookup{short_lived.get_executor(), "attendee.test", 443, server.ask()};
        asio::co_spawn(
            short_lived,
            lookup.find(in(patience)),
            [&found](const std::exception_ptr&, auto said) { found = std::move(said); }
        );
        short_lived.poll();
        lookup.stop();
        short_lived.run();
    }
    ASSERT_TRUE(found);
    EXPECT_EQ(found->error(), errc::stopped);
    server.open();
    server.await_left();
}

}  // namespace
}  // namespace rollcall::http
