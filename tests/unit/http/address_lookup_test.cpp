#include "http/address_lookup.hpp"

#include "support/eventually.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
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

// A name server that answers when the test says so, on a thread that may outlive it.
class name_server {
public:
    /// To be set before it is asked.
    endpoints& found() { return state_->answer.found; }
    std::string& trouble() { return state_->answer.trouble; }
    int asked() const { return state_->asked; }

    address_lookup::asked ask()
    {
        return [state = state_](const std::string& host, std::uint16_t port) {
            EXPECT_EQ(host, "attendee.test");
            EXPECT_EQ(port, 443);
            ++state->asked;
            state->opened.wait();
            return state->answer;
        };
    }
    void open() { state_->gate.set_value(); }
    /// Until no thread has anything of this any more.
    bool is_left_alone()
    {
        return test::eventually(patience, [this] { return state_.use_count() == 1; });
    }

private:
    struct state {
        lookup_answer answer;
        std::atomic<int> asked = 0;
        std::promise<void> gate;
        std::shared_future<void> opened = gate.get_future().share();
    };
    std::shared_ptr<state> state_ = std::make_shared<state>();
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
    static endpoints found_by(const outcome& of) { return of && *of ? **of : endpoints{}; }
    // None where there is no outcome at all.
    static error_code error_of(const outcome& of)
    {
        return of && of->has_error() ? of->error() : error_code{};
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
    EXPECT_EQ(server.asked(), 0);
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
    server.found() = two;
    server.open();
    address_lookup lookup{io.get_executor(), "attendee.test", 443, server.ask()};
    outcome found[3];
    for (auto& each : found)
        find(lookup, in(patience), each);
    run();
    EXPECT_EQ(server.asked(), 1);
    for (const auto& each : found) {
        ASSERT_TRUE(each && *each);
        EXPECT_EQ(**each, two);
    }

    server.found().pop_back();
    find(lookup, in(patience), found[0]);
    run();
    EXPECT_EQ(server.asked(), 2);
    ASSERT_TRUE(*found[0]);
    EXPECT_EQ((**found[0]).size(), 1U);
}

TEST_F(AddressLookup, SaysWhyThereIsNoAddress)
{
    server.trouble() = "Name or service not known";
    server.open();
    address_lookup lookup{io.get_executor(), "attendee.test", 443, server.ask()};
    outcome found;
    find(lookup, in(patience), found);
    run();
    EXPECT_EQ(error_of(found), errc::name_not_found);
    EXPECT_EQ(lookup.trouble(), "Name or service not known");
}

TEST_F(AddressLookup, IsWaitedForNoLongerThanAllowedAndAskedOnlyOnceMeanwhile)
{
    server.found() = two;
    address_lookup lookup{io.get_executor(), "attendee.test", 443, server.ask()};
    outcome first;
    outcome second;
    find(lookup, in(10ms), first);
    run();
    EXPECT_EQ(error_of(first), errc::connect_timed_out);

    find(lookup, in(patience), second);
    io.restart();
    io.poll();
    server.open();
    run();
    EXPECT_EQ(found_by(second), two);
    EXPECT_EQ(server.asked(), 1);
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
    for (const auto& each : found)
        EXPECT_EQ(error_of(each), errc::stopped);
    find(lookup, in(patience), found[0]);
    run();
    EXPECT_EQ(error_of(found[0]), errc::stopped);
    server.open();
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
    EXPECT_EQ(error_of(found), errc::stopped);
    server.open();
    EXPECT_TRUE(server.is_left_alone());
}

}  // namespace
}  // namespace rollcall::http
