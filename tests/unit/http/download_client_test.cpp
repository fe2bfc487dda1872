#include "http/download_client.hpp"

#include "scripted_server.hpp"
#include "support/certificates.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <optional>
#include <utility>

namespace rollcall::http {
namespace {

using namespace std::chrono_literals;
using test::scripted_server;
using test::turn;
using then = test::turn::then;
namespace asio = boost::asio;
using steady = std::chrono::steady_clock;

constexpr auto patience = 10s;

std::string ok(std::string_view body)
{
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string{body};
}

// What became of one download.
struct outcome {
    error_code error;
    unsigned status = 0;
    std::string body;
    std::size_t pieces = 0;
    std::size_t largest = 0;
    bool over = false;
};

class DownloadClient : public testing::Test {
protected:
    asio::io_context io;
    download_options options;
    std::size_t keep = 1024UL * 1024;  // of the body, for the test to look at

    static std::string origin(const scripted_server& of, std::string_view scheme = "http")
    {
        return std::string{scheme} + "://127.0.0.1:" + std::to_string(of.port());
    }
    void allow(std::string_view entry) { options.hosts.push_back(*parse_allowed_host(entry)); }

    static asio::awaitable<void> take(
        download_client& by, std::string url, std::size_t keep, outcome& into
    )
    {
        auto opened = co_await by.open(std::move(url));
        if (!opened) {
            into.error = opened.error();
            into.over = true;
            co_return;
        }
        auto& from = **opened;
        into.status = from.status();
        for (bool more = true; more;) {
            const auto piece = co_await from.next();
            more = piece.has_value() && !piece->empty();
            if (!piece)
                into.error = piece.error();
            if (!more)
                break;
            ++into.pieces;
            into.largest = std::max(into.largest, piece->size());
            into.body.append(piece->substr(0, keep - std::min(keep, into.body.size())));
        }
        into.over = true;
    }
    void begin(download_client& by, std::string url, outcome& into)
    {
        asio::co_spawn(
            io,
            take(by, std::move(url), keep, into),
            [](const std::exception_ptr& failed) { ASSERT_FALSE(failed); }
        );
    }
    template <class Predicate>
    void run_until(Predicate holds)
    {
        const auto until = steady::now() + patience;
        io.restart();
        while (!holds() && steady::now() < until)
            io.run_one_until(until);
        ASSERT_TRUE(holds());
    }
    outcome fetch(std::string url)
    {
        download_client by{io.get_executor(), options};
        outcome came;
        begin(by, std::move(url), came);
        run_until([&came] { return came.over; });
        by.stop();
        trouble = by.trouble();
        return came;
    }

    std::string trouble;
};

TEST_F(DownloadClient, SendsTheUrlAsItIsAndNothingBesides)
{
    scripted_server server{io};
    server.expect({{ok("[1]")}});
    allow(origin(server));

    const auto came = fetch(origin(server) + "/a/../b?token=e%3AE%2fx&y=a+b");

    EXPECT_FALSE(came.error) << came.error.message();
    EXPECT_EQ(came.status, 200U);
    EXPECT_EQ(came.body, "[1]");
    const auto& request = server.requests().at(0);
    EXPECT_TRUE(request.starts_with("GET /a/../b?token=e%3AE%2fx&y=a+b HTTP/1.1\r\n")) << request;
    EXPECT_EQ(request.find("uthorization"), std::string::npos) << request;
    EXPECT_EQ(request.find("ookie"), std::string::npos) << request;
}

TEST_F(DownloadClient, HandsTheBodyOnInPiecesHoweverItIsFramed)
{
    scripted_server server{io};
    const std::string body(200'000, 'x');
    const auto chunk = [](std::string_view data) {
        char size[16];
        std::snprintf(size, sizeof size, "%zx\r\n", data.size());
        return size + std::string{data} + "\r\n";
    };
    std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < body.size(); at += 50'000)
        chunked += chunk(std::string_view{body}.substr(at, 50'000));
    server.expect({{ok(body)}});
    server.expect({{chunked + "0\r\n\r\n"}});
    server.expect({{"HTTP/1.1 200 OK\r\n\r\n" + body, then::close}});
    allow(origin(server));
    for (int n = 0; n < 3; ++n) {
        const auto came = fetch(origin(server) + "/");
        EXPECT_FALSE(came.error) << came.error.message();
        EXPECT_EQ(came.body, body);
        EXPECT_GT(came.pieces, 5U);
        EXPECT_LE(came.largest, 32'768U);
    }
}

TEST_F(DownloadClient, TakesNoMoreFromTheHostThanIsTakenFromIt)
{
    scripted_server server{io};
    constexpr std::size_t size = 64UL * 1024 * 1024;
    std::size_t said = 0;
    turn first{"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n"};
    first.say += std::string(size, 'x');
    first.said = [&said] { said = size; };
    server.expect({std::move(first)});
    allow(origin(server));
    download_client by{io.get_executor(), options};
    std::unique_ptr<download> got;
    asio::co_spawn(io, by.open(origin(server) + "/"), [&](const std::exception_ptr&, auto opened) {
        got = std::move(*opened);
    });
    run_until([&got] { return got != nullptr; });
    // All that can happen while nobody asks for more has happened.
    io.restart();
    io.poll();
    EXPECT_EQ(said, 0U);
    got.reset();
    run_until([&server] { return server.open() == 0; });
}

TEST_F(DownloadClient, HandsEveryOtherStatusOnAndFollowsNoRedirect)
{
    scripted_server other{io};
    scripted_server server{io};
    server.expect(
        {{"HTTP/1.1 302 Found\r\nLocation: " + origin(other) + "/\r\nContent-Length: 0\r\n\r\n"}}
    );
    server.expect({{"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\n<html>"}});
    allow(origin(server));
    allow(origin(other));
    EXPECT_EQ(fetch(origin(server) + "/").status, 302U);
    EXPECT_EQ(fetch(origin(server) + "/").status, 403U);
    EXPECT_EQ(other.connections(), 0);
}

TEST_F(DownloadClient, AsksNoHostThatIsNotAllowed)
{
    scripted_server server{io};
    allow("files.example.com");
    const auto url = origin(server) + "/x?token=secret";
    EXPECT_EQ(fetch(url).error, errc::host_refused);
    EXPECT_EQ(trouble, origin(server));  // and not its token
    EXPECT_EQ(fetch("http://files.example.com/").error, errc::host_refused);
    EXPECT_EQ(fetch("file:///etc/passwd").error, errc::unsendable_request);
    EXPECT_EQ(fetch("https://files.example.com/a b").error, errc::unsendable_request);
    EXPECT_EQ(fetch("https://files.example.com/a\r\nX: y").error, errc::unsendable_request);
    EXPECT_EQ(fetch("https://u:p@files.example.com/a").error, errc::unsendable_request);
    EXPECT_EQ(server.connections(), 0);
}

// The name is allowed; what it stands for is not.
TEST_F(DownloadClient, ConnectsToPublicAddressesOnly)
{
    allow("files.example.com");
    for (const auto* const address :
         {"127.0.0.1",
          "169.254.169.254",
          "10.1.2.3",
          "::1",
          "fd00::1",
          "fe80::1",
          "::ffff:10.0.0.1",
          "64:ff9b::127.0.0.1"}) {
        int asked = 0;
        std::mutex both;
        options.ask = [&](const std::string& name, std::uint16_t port) {
            const std::lock_guard lock{both};
            ++asked;
            EXPECT_EQ(name, "files.example.com");
            return lookup_answer{{{asio::ip::make_address(address), port}}, {}};
        };
        EXPECT_EQ(fetch("https://files.example.com/x").error, errc::address_refused) << address;
        EXPECT_EQ(asked, 1);
    }
}

TEST_F(DownloadClient, LooksAtAnAddressWithoutANameToo)
{
    allow("169.254.169.254");
    allow("2130706433");  // 127.0.0.1, as the system reads it
    EXPECT_EQ(fetch("https://169.254.169.254/latest").error, errc::address_refused);
    const auto number = fetch("https://2130706433/").error;
    EXPECT_TRUE(number == errc::address_refused || number == errc::name_not_found);
}

TEST_F(DownloadClient, RefusesABodyThatIsNotWhatWasAnnounced)
{
    scripted_server server{io};
    server.expect({{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", then::close}});
    server.expect(
        {{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n", then::close}}
    );
    server.expect({{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", then::close}});
    server.expect({{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", then::reset}});
    allow(origin(server));
    for (int n = 0; n < 4; ++n) {
        const auto came = fetch(origin(server) + "/");
        EXPECT_EQ(came.error, errc::answer_broken) << n;
        EXPECT_EQ(came.status, 200U) << n;
    }
    // More than was announced is not of the body.
    server.expect({{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[1][2]", then::close}});
    EXPECT_EQ(fetch(origin(server) + "/").body, "[1]");
}

TEST_F(DownloadClient, RefusesWhatIsEncodedOrTooLargeWithItsStatus)
{
    scripted_server server{io};
    options.body_bytes = 10'000;
    allow(origin(server));
    server.expect({{"HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n", then::wait}});
    auto came = fetch(origin(server) + "/");
    EXPECT_EQ(came.error, errc::answer_too_large);
    EXPECT_EQ(came.status, 200U);
    server.expect({{"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"}});
    came = fetch(origin(server) + "/");
    EXPECT_EQ(came.error, errc::answer_encoded);
    EXPECT_EQ(came.status, 200U);
}

TEST_F(DownloadClient, EndsWhatNeverEnds)
{
    scripted_server server{io};
    options.body_bytes = 1'000'000;
    allow(origin(server));
    const std::string head = "HTTP/1.1 200 OK\r\n\r\n";
    server.expect({{head + std::string(5'000, 'x'), then::repeat}});
    const auto came = fetch(origin(server) + "/");
    EXPECT_EQ(came.error, errc::answer_too_large);
    EXPECT_LE(came.largest, 32'768U);
}

TEST_F(DownloadClient, EndsWhatStalls)
{
    scripted_server server{io};
    options.answer_timeout = 50ms;
    allow(origin(server));
    server.expect({{"", then::wait}});
    EXPECT_EQ(fetch(origin(server) + "/").error, errc::answer_timed_out);
    server.expect({{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", then::wait}});
    const auto came = fetch(origin(server) + "/");
    EXPECT_EQ(came.error, errc::answer_timed_out);
    EXPECT_EQ(came.body, "x");
}

// Byte after byte, each in time: longer than one wait may be, and not for ever.
TEST_F(DownloadClient, AllowsWhatIsSlowAndEndsWhatIsEndless)
{
    scripted_server server{io};
    options.answer_timeout = 100ms;
    options.whole_timeout = 400ms;
    allow(origin(server));
    server.expect({{"HTTP/1.1 200 OK\r\n\r\nx", then::drip}});
    const auto before = steady::now();
    const auto came = fetch(origin(server) + "/");
    EXPECT_EQ(came.error, errc::answer_timed_out);
    EXPECT_GE(steady::now() - before, 400ms);
    EXPECT_GT(came.pieces, 10U);
}

TEST_F(DownloadClient, StopsAtAnyPoint)
{
    scripted_server server{io};
    allow(origin(server));
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    for (const auto& said : {std::string{}, head, head + "x"}) {
        download_client by{io.get_executor(), options};
        outcome came;
        bool begun = false;
        turn only{said, then::wait};
        only.said = [&begun] { begun = true; };
        server.expect({std::move(only)});
        begin(by, origin(server) + "/", came);
        run_until([&begun] { return begun; });
        by.stop();
        run_until([&came] { return came.over; });
        EXPECT_EQ(came.error, errc::stopped);
        outcome later;
        begin(by, origin(server) + "/", later);
        run_until([&later] { return later.over; });
        EXPECT_EQ(later.error, errc::stopped);
    }
}

TEST_F(DownloadClient, SpeaksTlsToWhomTheRootsVouchFor)
{
    const test::authority root;
    scripted_server server{io, root.issue("IP:127.0.0.1")};
    const test::temp_dir directory;
    options.ca_file = directory.path() / "ca.pem";
    test::write_file(options.ca_file, root.certificate());
    server.expect({{ok("[]")}});
    allow(origin(server, "https"));
    EXPECT_EQ(fetch(origin(server, "https") + "/").body, "[]");

    options.ca_file.clear();
    server.expect({{ok("[]")}});
    EXPECT_EQ(fetch(origin(server, "https") + "/").error, errc::bad_certificate);
}

}  // namespace
}  // namespace rollcall::http
