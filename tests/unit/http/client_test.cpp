#include "http/client.hpp"

#include "scripted_server.hpp"
#include "support/certificates.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace rollcall::http {
namespace {

using namespace std::chrono_literals;
using test::scripted_server;
using test::turn;
using then = test::turn::then;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using steady = std::chrono::steady_clock;

constexpr auto patience = 10s;

std::string ok(std::string_view body)
{
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string{body};
}

class HttpClient : public testing::Test {
protected:
    using outcome = std::optional<result<client_answer>>;

    asio::io_context io;
    client_options options;

    static std::string url(const scripted_server& of, std::string_view scheme = "http")
    {
        return std::string{scheme} + "://127.0.0.1:" + std::to_string(of.port());
    }
    void begin(client& by, outcome& into, std::string_view target = "/")
    {
        const headers with{{"Authorization", "Token t"}};
        asio::co_spawn(
            io,
            by.get(target, with),
            [&into](const std::exception_ptr& failed, result<client_answer> answer) {
                ASSERT_FALSE(failed);
                into = std::move(answer);
            }
        );
    }
    void send(client& by, outcome& into, method how)
    {
        const client_request what{"/x", how, R"({"a":1})"};
        asio::co_spawn(
            io,
            by.send(what, {}),
            [&into](const std::exception_ptr& failed, result<client_answer> answer) {
                ASSERT_FALSE(failed);
                into = std::move(answer);
            }
        );
    }
    // None where there is no outcome at all.
    static error_code error_of(const outcome& of)
    {
        return of && of->has_error() ? of->error() : error_code{};
    }
    // Runs the loop until `holds`.
    template <class Predicate>
    void run_until(Predicate holds)
    {
        const auto until = steady::now() + patience;
        io.restart();
        while (!holds() && steady::now() < until)
            io.run_one_until(until);
        ASSERT_TRUE(holds());
    }
    // Runs it dry.
    void finish()
    {
        io.restart();
        io.run_for(patience);
        ASSERT_TRUE(io.stopped());
    }
    result<client_answer> get(client& by, std::string_view target = "/")
    {
        outcome answer;
        begin(by, answer, target);
        run_until([&answer] { return answer.has_value(); });
        if (answer)
            return *answer;
        by.stop();  // it has failed, and nothing may be left that knows `answer`
        run_until([&answer] { return answer.has_value(); });
        return errc::unknown_source;
    }
    // A new client's one question.
    result<client_answer> get_once()
    {
        client by{io.get_executor(), options};
        auto answer = get(by);
        trouble = by.trouble();
        return answer;
    }

    std::string trouble;
};

TEST_F(HttpClient, SendsTheRequestAndHandsTheAnswerOn)
{
    scripted_server server{io};
    server.expect({{"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nDate: D\r\n\r\nno"}});
    options.base_url = url(server) + "/below/";
    client by{io.get_executor(), options};

    const auto answer = get(by, "/bots?a=b");

    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->status, 404U);
    EXPECT_EQ(answer->body, "no");
    EXPECT_EQ(find_header(answer->fields, "date"), "D");
    ASSERT_EQ(server.requests().size(), 1U);
    const auto& request = server.requests()[0];
    EXPECT_TRUE(request.starts_with("GET /below/bots?a=b HTTP/1.1\r\n")) << request;
    const auto host = "\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n";
    EXPECT_NE(request.find(host), std::string::npos);
    EXPECT_NE(request.find("\r\nAuthorization: Token t\r\n"), std::string::npos);
}

TEST_F(HttpClient, SendsABody)
{
    scripted_server server{io};
    server.expect({{ok("a")}, {ok("b")}});
    options.base_url = url(server);
    client by{io.get_executor(), options};
    EXPECT_EQ(get(by)->body, "a");
    outcome answer;
    send(by, answer, method::patch);
    run_until([&answer] { return answer.has_value(); });
    EXPECT_EQ((*answer)->body, "b");
    EXPECT_EQ(server.connections(), 1);
    EXPECT_TRUE(server.requests()[1].starts_with("PATCH /x HTTP/1.1\r\n"));
    EXPECT_TRUE(server.requests()[1].ends_with("\r\n\r\n{\"a\":1}"));
}

// Whether a host that closes a kept connection has seen the request cannot be known.
TEST_F(HttpClient, SendsAPostOnceAndOnANewConnection)
{
    scripted_server server{io};
    server.expect({{ok("a")}, {"", then::close}});
    server.expect({{"", then::close}});
    server.expect({{ok("c")}});
    options.base_url = url(server);
    client by{io.get_executor(), options};
    EXPECT_EQ(get(by)->body, "a");
    outcome answer;
    send(by, answer, method::post);
    run_until([&answer] { return answer.has_value(); });
    EXPECT_EQ(error_of(answer), errc::answer_broken);
    EXPECT_EQ(server.connections(), 2);
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(HttpClient, DoesNotSendWhatCannotBeWritten)
{
    scripted_server server{io};
    options.base_url = url(server);
    client by{io.get_executor(), options};
    EXPECT_EQ(get(by, "/a\r\nX: y").error(), errc::unsendable_request);
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpClient, KeepsTheConnection)
{
    scripted_server server{io};
    server.expect(
        {{ok("a")},
         {ok("b")},
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
          "1\r\nc\r\n0\r\n\r\n"}}
    );
    options.base_url = url(server);
    client by{io.get_executor(), options};
    EXPECT_EQ(get(by)->body, "a");
    EXPECT_EQ(get(by)->body, "b");
    EXPECT_EQ(get(by)->body, "c");
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(by.idle_connections(), 1U);
}

TEST_F(HttpClient, DoesNotKeepAConnectionThatIsToBeClosedOrHasMoreToSay)
{
    scripted_server server{io};
    server.expect({{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na"}});
    server.expect({{"HTTP/1.1 200 OK\r\n\r\nb", then::close}});
    server.expect({{ok("c") + ok("unasked")}});
    server.expect({{ok("d")}});
    options.base_url = url(server);
    client by{io.get_executor(), options};
    for (const std::string_view body : {"a", "b", "c", "d"})
        EXPECT_EQ(get(by)->body, body);
    EXPECT_EQ(server.connections(), 4);
}

TEST_F(HttpClient, KeepsNoMoreConnectionsThanAllowed)
{
    scripted_server server{io};
    constexpr int at_once = 5;
    for (int i = 0; i < at_once; ++i)
        server.expect({{ok("a")}});
    options.base_url = url(server);
    options.idle_connections = 2;
    client by{io.get_executor(), options};
    outcome answers[at_once];
    for (auto& each : answers)
        begin(by, each);
    run_until([&answers] {
        return std::ranges::all_of(answers, [](const auto& each) { return each.has_value(); });
    });
    EXPECT_EQ(server.connections(), at_once);
    EXPECT_EQ(by.idle_connections(), 2U);
    run_until([&server] { return server.open() == 2; });
}

TEST_F(HttpClient, ClosesAConnectionThatNobodyNeeds)
{
    scripted_server server{io};
    server.expect({{ok("a")}});
    options.base_url = url(server);
    options.idle_time = 20ms;
    client by{io.get_executor(), options};
    EXPECT_TRUE(get(by));
    run_until([&server] { return server.open() == 0; });
    EXPECT_EQ(by.idle_connections(), 0U);
}

// The host's end of a kept connection is seen before the next request or only after it: both ways.
TEST_F(HttpClient, AsksAgainWhenAKeptConnectionHadBeenClosed)
{
    scripted_server server{io};
    server.expect({{ok("a"), then::close}});
    server.expect({{ok("b")}, {"", then::close}});
    server.expect({{ok("c")}, {"", then::reset}});
    server.expect({{ok("d")}});
    options.base_url = url(server);
    client by{io.get_executor(), options};
    for (const std::string_view body : {"a", "b", "c", "d"}) {
        const auto answer = get(by);
        ASSERT_TRUE(answer) << answer.error().message();
        EXPECT_EQ(answer->body, body);
    }
    EXPECT_EQ(server.connections(), 4);
    EXPECT_EQ(server.requests().size(), 6U);
}

TEST_F(HttpClient, AsksAgainOnlyOnceAndOnlyOnAKeptConnection)
{
    scripted_server server{io};
    server.expect({{"", then::close}});
    server.expect({{ok("a")}, {"", then::close}});
    server.expect({{"", then::reset}});
    options.base_url = url(server);
    client by{io.get_executor(), options};
    EXPECT_EQ(get(by).error(), errc::answer_broken);
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(get(by)->body, "a");
    EXPECT_EQ(get(by).error(), errc::answer_broken);
    EXPECT_EQ(server.connections(), 3);
}

TEST_F(HttpClient, DoesNotAskAgainOnceTheAnswerHasBegun)
{
    scripted_server server{io};
    server.expect({{ok("a")}, {"H", then::close}});
    options.base_url = url(server);
    client by{io.get_executor(), options};
    EXPECT_EQ(get(by)->body, "a");
    EXPECT_EQ(get(by).error(), errc::answer_broken);
    EXPECT_EQ(server.connections(), 1);
}

struct broken_answer {
    const char* name;
    turn answer;
    errc why;
};

TEST_F(HttpClient, RefusesAnAnswerThatIsOfNoUse)
{
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const broken_answer broken[] = {
        {"closed in the head", {"HTTP/1.1 200 OK\r\nCont", then::close}, errc::answer_broken},
        {"closed in the body",
         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", then::close},
         errc::answer_broken},
        {"reset in the body",
         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", then::reset},
         errc::answer_broken},
        {"closed in a chunk", {chunked + "5\r\nhell", then::close}, errc::answer_broken},
        {"broken chunk", {chunked + "5\r\nhelloX\r\n\r\n", then::wait}, errc::answer_broken},
        {"not HTTP", {"SSH-2.0-x\r\n\r\n", then::wait}, errc::answer_broken},
        {"gzip",
         {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n", then::wait},
         errc::answer_encoded},
        {"huge head",
         {"HTTP/1.1 200 OK\r\nX: " + std::string(64UL * 1024, 'x'), then::wait},
         errc::answer_too_large},
        {"huge announced body",
         {"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", then::wait},
         errc::answer_too_large},
        {"endless interim answers",
         {"HTTP/1.1 100 Continue\r\n\r\n", then::repeat},
         errc::answer_too_large},
    };
    for (const auto& [name, answer, why] : broken) {
        scripted_server server{io};
        server.expect({answer});
        options.base_url = url(server);
        const auto got = get_once();
        ASSERT_FALSE(got) << name;
        EXPECT_EQ(got.error(), why) << name << ": " << trouble;
        run_until([&server] { return server.open() == 0; });
    }
}

TEST_F(HttpClient, ReadsAnEndlessBodyNoFurtherThanAllowed)
{
    scripted_server server{io};
    server.expect({{"HTTP/1.1 200 OK\r\n\r\n" + std::string(64UL * 1024, 'x'), then::repeat}});
    options.base_url = url(server);
    options.body_bytes = 1024UL * 1024;
    EXPECT_EQ(get_once().error(), errc::answer_too_large);
    run_until([&server] { return server.open() == 0; });
}

TEST_F(HttpClient, HandsARedirectOnAndFollowsNone)
{
    scripted_server elsewhere{io};
    scripted_server server{io};
    server.expect(
        {{"HTTP/1.1 301 Moved\r\nLocation: " + url(elsewhere) + "/\r\nContent-Length: 0\r\n\r\n"}}
    );
    options.base_url = url(server);
    client by{io.get_executor(), options};
    const auto answer = get(by);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 301U);
    EXPECT_EQ(find_header(answer->fields, "location"), url(elsewhere) + "/");
    by.stop();
    server.stop();
    elsewhere.stop();
    finish();
    EXPECT_EQ(elsewhere.connections(), 0);
}

TEST_F(HttpClient, WaitsForAnAnswerAsAWholeNoLongerThanAllowed)
{
    const turn slow[] = {
        {"", then::wait},
        {"HTTP/1.1 200 OK\r\nX: ", then::wait},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", then::wait},
        {"HTTP/1.1 100 Continue\r\n\r\n", then::drip},
    };
    options.answer_timeout = 60ms;
    options.header_bytes = 1024UL * 1024;
    for (const auto& each : slow) {
        scripted_server server{io};
        server.expect({each});
        options.base_url = url(server);
        const auto begun = steady::now();
        EXPECT_EQ(get_once().error(), errc::answer_timed_out) << each.say;
        EXPECT_GE(steady::now() - begun, options.answer_timeout);
        run_until([&server] { return server.open() == 0; });
    }
}

TEST_F(HttpClient, IsNotHeldUpByOneSlowAnswer)
{
    scripted_server server{io};
    server.expect({{"", then::wait}});
    server.expect({{ok("quick")}});
    options.base_url = url(server);
    client by{io.get_executor(), options};
    outcome slow;
    begin(by, slow);
    run_until([&server] { return server.requests().size() == 1; });
    EXPECT_EQ(get(by)->body, "quick");
    EXPECT_FALSE(slow);
    by.stop();
    server.stop();
    finish();
}

TEST_F(HttpClient, SaysThatNobodyListens)
{
    {
        const tcp::acceptor was_here{io, {asio::ip::address_v4::loopback(), 0}};
        options.base_url = "http://127.0.0.1:" + std::to_string(was_here.local_endpoint().port());
    }
    EXPECT_EQ(get_once().error(), errc::cannot_connect);
    EXPECT_EQ(trouble, "Connection refused");
}

TEST_F(HttpClient, SaysThatThereIsNoSuchHost)
{
    // A label of more than 63 characters: refused without asking any name server.
    options.base_url = "http://" + std::string(64, 'a') + ".test";
    EXPECT_EQ(get_once().error(), errc::name_not_found);
    EXPECT_FALSE(trouble.empty());
}

TEST_F(HttpClient, AsksAHostByName)
{
    scripted_server server{io};  // on 127.0.0.1 only: where `localhost` is ::1 as well, the second
    server.expect({{ok("a")}, {ok("b")}});
    options.base_url = "http://LOCALHOST:" + std::to_string(server.port());
    client by{io.get_executor(), options};
    const auto answer = get(by);
    ASSERT_TRUE(answer) << by.trouble();
    EXPECT_EQ(answer->body, "a");
    EXPECT_NE(server.requests()[0].find("\r\nHost: localhost:"), std::string::npos);
}

TEST_F(HttpClient, AsksAnIpv6Address)
{
    tcp::acceptor listening{io};
    boost::system::error_code none;
    listening.open(tcp::v6(), none);
    listening.bind({asio::ip::address_v6::loopback(), 0}, none);
    if (none) {  // a machine without IPv6: the address is understood all the same
        options.base_url = "http://[::1]:1";
        EXPECT_EQ(get_once().error(), errc::cannot_connect);
        return;
    }
    listening.listen();
    options.base_url = "http://[::1]:" + std::to_string(listening.local_endpoint().port());
    client by{io.get_executor(), options};
    outcome answer;
    begin(by, answer);
    std::optional<tcp::socket> accepted;
    listening.async_accept([&accepted](const auto& ec, tcp::socket socket) {
        ASSERT_FALSE(ec);
        accepted.emplace(std::move(socket));
    });
    run_until([&accepted] { return accepted.has_value(); });
    by.stop();
    run_until([&answer] { return answer.has_value(); });
}

// A listener whose queue is full: the kernel drops what comes, and the client hears nothing.
class full_listener {
public:
    explicit full_listener(asio::io_context& io) : listening_{io}, in_queue_{io}
    {
        listening_.open(tcp::v4());
        listening_.bind({asio::ip::address_v4::loopback(), 0});
        listening_.listen(0);
        in_queue_.connect(listening_.local_endpoint());
    }
    std::string url() const
    {
        return "http://127.0.0.1:" + std::to_string(listening_.local_endpoint().port());
    }

private:
    tcp::acceptor listening_;
    tcp::socket in_queue_;
};

TEST_F(HttpClient, WaitsForAConnectionNoLongerThanAllowed)
{
    const full_listener listener{io};
    options.base_url = listener.url();
    options.connect_timeout = 50ms;
    EXPECT_EQ(get_once().error(), errc::connect_timed_out);
}

TEST_F(HttpClient, StopsWhileItConnects)
{
    const full_listener listener{io};
    options.base_url = listener.url();
    client by{io.get_executor(), options};
    outcome answer;
    begin(by, answer);
    io.poll();
    ASSERT_FALSE(answer);
    by.stop();
    finish();
    EXPECT_EQ(error_of(answer), errc::stopped);
}

TEST_F(HttpClient, StopsAtAnyPointOfTheAnswer)
{
    for (const std::string_view said :
         {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"}) {
        scripted_server server{io};
        options.base_url = url(server);
        client by{io.get_executor(), options};
        server.expect({{std::string{said}, then::wait, {}, [&by, &server] {
                            by.stop();
                            server.stop();
                        }}});
        outcome answer;
        begin(by, answer);
        finish();
        EXPECT_EQ(error_of(answer), errc::stopped) << said;
        EXPECT_EQ(server.open(), 0);
    }
}

TEST_F(HttpClient, StopsWhenAllItHasIsAKeptConnection)
{
    scripted_server server{io};
    server.expect({{ok("a")}});
    options.base_url = url(server);
    client by{io.get_executor(), options};
    EXPECT_TRUE(get(by));
    by.stop();
    server.stop();
    finish();
    EXPECT_EQ(server.open(), 0);
    EXPECT_EQ(get(by).error(), errc::stopped);
}

TEST_F(HttpClient, MayGoBeforeItsGetsHaveEnded)
{
    scripted_server server{io};
    server.expect({{"", then::wait}});
    options.base_url = url(server);
    outcome answer;
    {
        client by{io.get_executor(), options};
        begin(by, answer);
        run_until([&server] { return server.requests().size() == 1; });
    }
    server.stop();
    finish();
    EXPECT_EQ(error_of(answer), errc::stopped);
}

TEST_F(HttpClient, EndsAGetWhoseCoroutineIsCancelled)
{
    scripted_server server{io};
    server.expect({{"", then::wait}});
    options.base_url = url(server);
    client by{io.get_executor(), options};
    asio::cancellation_signal cancel;
    bool ended = false;
    asio::co_spawn(
        io,
        by.get("/", {}),
        asio::bind_cancellation_slot(
            cancel.slot(),
            [&ended](const std::exception_ptr&, auto answer) {
                ended = true;
                EXPECT_FALSE(answer.has_value());
            }
        )
    );
    run_until([&server] { return server.requests().size() == 1; });
    cancel.emit(asio::cancellation_type::terminal);
    run_until([&ended] { return ended; });
    run_until([&server] { return server.open() == 0; });
}

class HttpClientTls : public HttpClient {
protected:
    test::temp_dir directory;
    test::authority root;

    std::string ca_file(const test::authority& of)
    {
        const auto path = directory.path() / "ca.pem";
        test::write_file(path, of.certificate());
        return path;
    }
    // What comes of asking a server with this certificate.
    result<client_answer> get_from(const test::identity& who, std::string_view host = "127.0.0.1")
    {
        scripted_server server{io, who};
        server.expect({{ok("a")}});
        options.base_url = "https://" + std::string{host} + ":" + std::to_string(server.port());
        auto answer = get_once();
        name = server.asked_name();
        return answer;
    }
    std::string name;
};

TEST_F(HttpClientTls, TrustsWhomTheGivenRootsVouchFor)
{
    options.ca_file = ca_file(root);
    const auto by_address = get_from(root.issue("IP:127.0.0.1"));
    ASSERT_TRUE(by_address) << trouble;
    EXPECT_EQ(by_address->body, "a");
    EXPECT_EQ(name, "");

    const auto by_name = get_from(root.issue("DNS:localhost"), "localhost");
    ASSERT_TRUE(by_name) << trouble;
    EXPECT_EQ(by_name->body, "a");
    EXPECT_EQ(name, "localhost");
}

TEST_F(HttpClientTls, RefusesACertificateThatIsNotForTheHost)
{
    options.ca_file = ca_file(root);
    for (const std::string names : {"DNS:other.test", "IP:127.0.0.2", "DNS:127.0.0.1", "DNS:*"}) {
        EXPECT_EQ(get_from(root.issue(names)).error(), errc::bad_certificate) << names;
        EXPECT_EQ(trouble, "IP address mismatch") << names;
    }
    // Its common name is localhost, but that has not counted for many years.
    for (const std::string names : {"DNS:other.test", "IP:127.0.0.1", ""}) {
        EXPECT_EQ(get_from(root.issue(names), "localhost").error(), errc::bad_certificate) << names;
        EXPECT_EQ(trouble, "hostname mismatch") << names;
    }
}

TEST_F(HttpClientTls, RefusesACertificateThatNobodyVouchesFor)
{
    const auto who = root.issue("IP:127.0.0.1");
    EXPECT_EQ(get_from(who).error(), errc::bad_certificate);  // the system's roots
    EXPECT_EQ(trouble, "unable to get local issuer certificate");

    options.ca_file = ca_file(test::authority{});
    EXPECT_EQ(get_from(who).error(), errc::bad_certificate);
}

TEST_F(HttpClientTls, RefusesACertificateThatHasExpired)
{
    options.ca_file = ca_file(root);
    EXPECT_EQ(get_from(root.issue("IP:127.0.0.1", 1)).error(), errc::bad_certificate);
    EXPECT_EQ(trouble, "certificate has expired");
}

// Whatever its name, its end and who vouches for it.
TEST_F(HttpClientTls, TakesThePinnedCertificateAndNoOther)
{
    const auto expired = root.issue("DNS:elsewhere.test", 1);
    options.pinned = expired.certificate + root.certificate();
    EXPECT_TRUE(get_from(expired)) << trouble;
    options.pinned = root.issue("IP:127.0.0.1").certificate + expired.certificate;
    EXPECT_EQ(get_from(expired).error(), errc::bad_certificate);
    options.pinned = "no certificate";
    EXPECT_THROW(get_from(expired), std::invalid_argument);
}

TEST_F(HttpClientTls, SpeaksNothingOlderThanTls12)
{
    options.ca_file = ca_file(root);
    for (const auto& [most, good] : {std::pair{TLS1_2_VERSION, true}, {TLS1_1_VERSION, false}}) {
        scripted_server server{io, root.issue("IP:127.0.0.1")};
        ::SSL_CTX_set_security_level(server.tls(), 0);
        ::SSL_CTX_set_max_proto_version(server.tls(), most);
        server.expect({{ok("a")}});
        options.base_url = url(server, "https");
        const auto answer = get_once();
        EXPECT_EQ(answer.has_value(), good) << trouble;
        if (!good) {
            EXPECT_EQ(answer.error(), errc::tls_failed);
        }
    }
}

TEST_F(HttpClientTls, SaysThatTheHostSpeaksNoTls)
{
    scripted_server server{io};
    options.base_url = url(server, "https");
    EXPECT_EQ(get_once().error(), errc::tls_failed);
}

TEST_F(HttpClientTls, KeepsTheConnectionAndAsksAgainWhenItHadBeenClosed)
{
    scripted_server server{io, root.issue("IP:127.0.0.1")};
    server.expect({{ok("a")}, {ok("b")}, {"", then::close}});
    server.expect({{ok("c")}, {"", then::cut}});
    server.expect({{ok("d")}});
    options.base_url = url(server, "https");
    options.ca_file = ca_file(root);
    client by{io.get_executor(), options};
    for (const std::string_view body : {"a", "b", "c", "d"}) {
        const auto answer = get(by);
        ASSERT_TRUE(answer) << by.trouble();
        EXPECT_EQ(answer->body, body);
    }
    EXPECT_EQ(server.connections(), 3);
}

// Without a length, only TLS's own end tells a whole body from one that somebody cut short.
TEST_F(HttpClientTls, TakesABodyWithoutALengthOnlyIfItsEndIsProved)
{
    scripted_server server{io, root.issue("IP:127.0.0.1")};
    server.expect({{"HTTP/1.1 200 OK\r\n\r\nall there is", then::close}});
    server.expect({{"HTTP/1.1 200 OK\r\n\r\nall there", then::cut}});
    options.base_url = url(server, "https");
    options.ca_file = ca_file(root);
    client by{io.get_executor(), options};
    const auto whole = get(by);
    ASSERT_TRUE(whole) << by.trouble();
    EXPECT_EQ(whole->body, "all there is");
    EXPECT_EQ(get(by).error(), errc::answer_broken);
}

TEST_F(HttpClientTls, ReadsALargeAnswer)
{
    scripted_server server{io, root.issue("IP:127.0.0.1")};
    const std::string body(3U << 20U, 'x');
    server.expect({{ok(body)}, {ok("a")}});
    options.base_url = url(server, "https");
    options.ca_file = ca_file(root);
    client by{io.get_executor(), options};
    const auto answer = get(by);
    ASSERT_TRUE(answer) << by.trouble();
    EXPECT_EQ(answer->body, body);
    EXPECT_EQ(get(by)->body, "a");
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTls, WaitsForAHandshakeNoLongerThanAllowedAndStopsInIt)
{
    options.connect_timeout = 60ms;
    scripted_server server{io, root.issue("IP:127.0.0.1")};
    options.base_url = url(server, "https");
    server.expect_silence([] {});
    EXPECT_EQ(get_once().error(), errc::connect_timed_out);
    run_until([&server] { return server.open() == 0; });

    options.connect_timeout = patience;
    client by{io.get_executor(), options};
    server.expect_silence([&by, &server] {
        by.stop();
        server.stop();
    });
    outcome answer;
    begin(by, answer);
    finish();
    EXPECT_EQ(error_of(answer), errc::stopped);
}

TEST_F(HttpClientTls, NeedsRootsThatCanBeRead)
{
    options.base_url = "https://attendee.test";
    options.ca_file = directory.path() / "missing.pem";
    EXPECT_THROW((client{io.get_executor(), options}), std::invalid_argument);
    test::write_file(directory.path() / "empty.pem", "no certificate");
    options.ca_file = directory.path() / "empty.pem";
    EXPECT_THROW((client{io.get_executor(), options}), std::invalid_argument);
}

TEST_F(HttpClient, NeedsABaseUrl)
{
    options.base_url = "attendee.test";
    EXPECT_THROW((client{io.get_executor(), options}), std::invalid_argument);
}

}  // namespace
}  // namespace rollcall::http
