#include "http/server.hpp"

#include "support/raw_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <ostream>

namespace rollcall::http {
namespace {

using namespace std::chrono_literals;
using test::raw_answer;
using test::raw_client;
using clock = std::chrono::steady_clock;
namespace asio = boost::asio;

// What a handler waits at, on whichever thread, until the test opens it.
class gate {
public:
    asio::awaitable<void> pass()
    {
        const auto mine = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor);
        mine->expires_at(clock::time_point::max());
        {
            const std::lock_guard lock{mutex_};
            waiting_.push_back(mine);
            if (waiting_.size() == expected_)
                arrived_.set_value();
        }
        co_await mine->async_wait(asio::as_tuple(asio::use_awaitable));
    }
    // Until as many requests wait as were announced.
    void expect(std::size_t requests) { expected_ = requests; }
    void await_expected()
    {
        ASSERT_EQ(arrived_.get_future().wait_for(10s), std::future_status::ready);
    }
    void open()
    {
        const std::lock_guard lock{mutex_};
        for (const auto& each : waiting_)
            if (const auto timer = each.lock())
                asio::post(timer->get_executor(), [timer] { timer->cancel(); });
    }

private:
    std::mutex mutex_;
    std::size_t expected_ = 1;
    std::promise<void> arrived_;
    std::vector<std::weak_ptr<asio::steady_timer>> waiting_;
};

// Says what it was asked: `/wait` once the gate is open, `/large` eight MiB, `/bug` by an
// exception.
class echo final : public handler {
public:
    gate until;

    asio::awaitable<response> handle(const request& asked) override
    {
        if (asked.path == "/bug")
            throw std::logic_error{"a bug"};
        if (asked.path == "/wait")
            co_await until.pass();
        response answer;
        if (asked.path == "/large")
            answer.body.assign(8U << 20U, 'x');
        else
            answer.body.append(asked.method)
                .append(" ")
                .append(asked.path)
                .append(" ")
                .append(asked.body);
        co_return answer;
    }
};

constexpr std::string_view ask = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

class HttpServer : public testing::Test {
protected:
    echo answers;
    limits allowed;
    std::unique_ptr<server> serving;

    void start(unsigned threads = 2)
    {
        const std::vector<std::string> addresses{"127.0.0.1:0"};
        serving = std::make_unique<server>(allowed, threads, addresses, answers);
        serving->start();
    }
    raw_client client() const { return raw_client{serving->local_endpoints().front()}; }
    static raw_answer asked(raw_client& by, std::string_view request = ask)
    {
        by.send(request);
        return by.read_answer();
    }
};

TEST_F(HttpServer, AnswersOnAConnectionThatIsKept)
{
    start();
    auto by = client();
    for (int i = 0; i < 3; ++i) {
        const auto answer =
            asked(by, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, "POST /a hello");
        EXPECT_FALSE(answer.has("Connection: close"));
    }
    EXPECT_EQ(serving->counted().accepted, 1U);
}

TEST_F(HttpServer, AnswersPipelinedRequestsInOrder)
{
    start();
    auto by = client();
    std::string all;
    for (int i = 0; i < 200; ++i)
        all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx";
    by.send(all);
    for (int i = 0; i < 200; ++i)
        ASSERT_EQ(by.read_answer().body, "POST /" + std::to_string(i) + " x");
}

TEST_F(HttpServer, SaysContinueToWhoWaitsForIt)
{
    start();
    auto by = client();
    by.send("POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(by.read_answer().status, 100);
    EXPECT_EQ(asked(by, "hello").body, "POST /a hello");

    by.send(
        "POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    EXPECT_EQ(by.read_answer().status, 100);
    EXPECT_EQ(asked(by, "5\r\nhello\r\n0\r\n\r\n").body, "POST /a hello");
}

TEST_F(HttpServer, ClosesAfterAnHttp10RequestUnlessAskedNotTo)
{
    start();
    auto by = client();
    const auto kept = asked(by, "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(kept.status, 200);
    EXPECT_TRUE(kept.has("Connection: keep-alive"));
    const auto last = asked(by, "GET /a HTTP/1.0\r\n\r\n");
    EXPECT_EQ(last.status, 200);
    EXPECT_TRUE(last.has("Connection: close"));
    EXPECT_TRUE(by.closes());
}

TEST_F(HttpServer, ClosesWhereAsked)
{
    start();
    auto by = client();
    EXPECT_TRUE(asked(by, "GET /a HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n")
                    .has("Connection: close"));
    EXPECT_TRUE(by.closes());
}

TEST_F(HttpServer, LeavesTheBodyOutOfTheAnswerToHead)
{
    start();
    auto by = client();
    by.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto answer = by.read_answer(true);
    EXPECT_TRUE(answer.has("Content-Length: 8"));
    EXPECT_EQ(asked(by).status, 200);
}

TEST_F(HttpServer, EndsOnlyTheConnectionOnWhichTheHandlerThrew)
{
    start(1);
    auto beside = client();
    auto by = client();
    EXPECT_EQ(asked(by, "GET /bug HTTP/1.1\r\nHost: h\r\n\r\n").status, 0);
    EXPECT_EQ(asked(beside).status, 200);
}

TEST_F(HttpServer, ListensOnEveryAddress)
{
    serving = std::make_unique<server>(
        allowed, 2U, std::vector<std::string>{"127.0.0.1:0", "[::1]:0", "localhost:0"}, answers
    );
    serving->start();
    ASSERT_EQ(serving->local_endpoints().size(), 3U);
    for (const auto& at : serving->local_endpoints()) {
        raw_client by{at};
        EXPECT_EQ(asked(by).status, 200) << at;
    }
}

std::string start_failure(echo& answers, const std::string& address)
{
    try {
        const server refused{{}, 1, {address}, answers};
    } catch (const std::runtime_error& refused) {
        return refused.what();
    }
    return "";
}

TEST_F(HttpServer, SaysWhichAddressItCannotHave)
{
    start();
    const auto taken = "127.0.0.1:" + std::to_string(serving->local_endpoints().front().port());
    EXPECT_EQ(
        start_failure(answers, taken), "cannot listen on " + taken + ": Address already in use"
    );
    EXPECT_EQ(
        start_failure(answers, "8080"), "cannot listen on 8080: not host:port or [address]:port"
    );
    EXPECT_EQ(
        start_failure(answers, "192.0.2.1:0"),
        "cannot listen on 192.0.2.1:0: Cannot assign requested address"
    );
    EXPECT_TRUE(
        start_failure(answers, "no.such.host.invalid:80").starts_with("cannot listen on no.such")
    );
}

// ---- hostile clients: each beside one that is served

struct hostile {
    std::string name, bytes;
    int status = 0;  // 0: closed without an answer
    bool half_closed = false;
};
std::ostream& operator<<(std::ostream& out, const hostile& h)
{
    return out << h.name;
}

constexpr auto name_of = [](const auto& instance) { return instance.param.name; };

class HostileClient : public HttpServer, public testing::WithParamInterface<hostile> {};

TEST_P(HostileClient, IsAnsweredAndHarmsNobody)
{
    if (GetParam().status == 408)
        allowed.header_time = allowed.body_time = 200ms;
    start(1);
    auto beside = client();
    ASSERT_EQ(asked(beside).status, 200);
    auto by = client();
    EXPECT_TRUE(by.send(GetParam().bytes));  // refused or not: no reset takes the answer away
    ASSERT_EQ(asked(beside).status, 200);
    if (GetParam().half_closed)
        by.half_close();
    const auto answer = by.read_answer();
    EXPECT_EQ(answer.status, GetParam().status);
    if (answer.status != 0) {
        EXPECT_TRUE(answer.has("Connection: close"));
        EXPECT_LT(answer.body.size(), 80U);
        by.half_close();
    }
    EXPECT_TRUE(by.closes());
    EXPECT_EQ(asked(beside).status, 200);
}

std::string post(std::string_view fields, std::string_view body = "")
{
    return std::string{"POST /a HTTP/1.1\r\nHost: h\r\n"}
        .append(fields)
        .append("\r\n\r\n")
        .append(body);
}

const std::string smuggled = "GET /admin HTTP/1.1\r\nHost: h\r\n\r\n";

const hostile hostile_requests[] = {
    {"SlowHead", "GET / HTTP/1.1\r\nHost: h\r\n", 408},
    {"SlowBody", post("Content-Length: 10", "hello"), 408},
    {"SlowChunk", post("Transfer-Encoding: chunked", "a\r\nhello"), 408},
    {"HugeHead", post("X: " + std::string(64U << 10U, 'x')), 431},
    {"EndlessHead", "GET /" + std::string(64U << 10U, 'x'), 431},
    {"ManyFields",
     post([] {
         std::string fields;
         for (int i = 0; i < 2'000; ++i)
             fields += "a: b\r\n";
         return fields + "c: d";
     }()),
     431},
    {"HugeBody", post("Content-Length: 4000000", std::string(4'000'000, 'x')), 413},
    {"HugeChunk",
     post("Transfer-Encoding: chunked", "3d0900\r\n" + std::string(4'000'000, 'x')),
     413},
    {"LyingLength", post("Content-Length: 999999999999"), 413},
    {"BadChunk", post("Transfer-Encoding: chunked", "nonsense\r\n\r\n"), 400},
    {"LengthAndEncoding",
     post("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\n" + smuggled),
     400},
    {"EncodingAndLength",
     post("Transfer-Encoding: chunked\r\nContent-Length: 6", "0\r\n\r\n" + smuggled),
     400},
    {"TwoLengths", post("Content-Length: 0\r\nContent-Length: 33", smuggled), 400},
    {"ObscuredEncoding",
     post("Content-Length: 5\r\nTransfer-Encoding : chunked", "0\r\n\r\n" + smuggled),
     400},
    {"NulBytes", "GET /" + std::string(3, '\0') + " HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"NulInField", post("X: a" + std::string(1, '\0')), 400},
    {"FoldedField", post("X: a\r\n b"), 400},
    {"BareLineFeeds", "GET / HTTP/1.1\nHost: h\n\n", 400},
    {"Nonsense", "nonsense\r\n\r\n", 400},
    {"Tls", "\x16\x03\x01\x02\x01\x01", 400},
    {"Http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
    {"EarlyCloseInHead", "GET / HT", 400, true},
    {"EarlyCloseInBody", post("Content-Length: 10", "hello"), 400, true},
    {"EarlyCloseInChunk", post("Transfer-Encoding: chunked", "a\r\nhello"), 400, true},
    {"EarlyCloseBeforeAnything", "", 0, true},
};
INSTANTIATE_TEST_SUITE_P(Requests, HostileClient, testing::ValuesIn(hostile_requests), name_of);

TEST_F(HttpServer, AnswersAfterAHalfClose)
{
    start();
    auto by = client();
    by.send(std::string{ask} + std::string{ask});
    by.half_close();
    EXPECT_EQ(by.read_answer().status, 200);
    EXPECT_EQ(by.read_answer().status, 200);
    EXPECT_TRUE(by.closes());
}

TEST_F(HttpServer, OutlivesResetsInEveryPhase)
{
    start(1);
    auto beside = client();
    for (const std::string& bytes :
         {std::string{},
          std::string{"GET /"},
          post("Content-Length: 10", "hello"),
          std::string{ask},
          std::string{"GET /large HTTP/1.1\r\nHost: h\r\n\r\n"}}) {
        auto by = client();
        by.send(bytes);
        by.reset();
        EXPECT_EQ(asked(beside).status, 200);
    }
}

// ---- time

// Sends a byte every few milliseconds until the server answers; how long that took.
clock::duration drip(raw_client& by, char byte)
{
    const auto begin = clock::now();
    while (!by.readable_within(5ms) && clock::now() - begin < 10s)
        by.send_some({&byte, 1});
    return clock::now() - begin;
}

TEST_F(HttpServer, GivesAHeadNoMoreTimeForEachByte)
{
    allowed.header_time = 300ms;
    start();
    auto by = client();
    by.send("GET / HTTP/1.1\r\nX: ");
    EXPECT_LT(drip(by, 'x'), 5s);
    EXPECT_EQ(by.read_answer().status, 408);
}

TEST_F(HttpServer, GivesABodyNoMoreTimeForEachByte)
{
    allowed.body_time = 300ms;
    start();
    auto by = client();
    by.send(post("Content-Length: 1000000"));
    EXPECT_LT(drip(by, 'x'), 5s);
    EXPECT_EQ(by.read_answer().status, 408);
}

TEST_F(HttpServer, ClosesIdleConnectionsSilently)
{
    allowed.idle_time = 100ms;
    start();
    auto never_asked = client();
    auto by = client();
    EXPECT_EQ(asked(by).status, 200);
    EXPECT_TRUE(by.closes());
    EXPECT_TRUE(never_asked.closes());
    EXPECT_EQ(serving->counted().refused, 0U);
}

TEST_F(HttpServer, GoesByOtherLimitsOnConnectionsThatAreThere)
{
    start();
    auto idle = client();
    auto by = client();
    const std::string_view large =
        "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\n"
        "hello hello hello hi";
    EXPECT_EQ(asked(idle).status, 200);
    EXPECT_EQ(asked(by, large).status, 200);
    auto other = allowed;
    other.body_bytes = 10;
    other.idle_time = 200ms;
    serving->allow(other);
    EXPECT_TRUE(idle.closes());
    auto later = client();
    EXPECT_EQ(asked(later, large).status, 413);
}

TEST_F(HttpServer, CutsWhoDoesNotReadItsAnswers)
{
    allowed.write_time = 100ms;
    start(1);
    auto beside = client();
    auto by = client();
    by.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto begin = clock::now();
    while (serving->counted().cut == 0 && clock::now() - begin < 10s)
        ASSERT_EQ(asked(beside).status, 200);
    EXPECT_EQ(serving->counted().cut, 1U);
    EXPECT_LT(by.read_answer().body.size(), 8U << 20U);
}

TEST_F(HttpServer, WaitsForASlowReaderInTime)
{
    start(1);
    auto by = client();
    by.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
    auto beside = client();
    EXPECT_EQ(asked(beside).status, 200);
    EXPECT_EQ(by.read_answer().body.size(), 8U << 20U);
    EXPECT_EQ(asked(by).status, 200);
}

TEST_F(HttpServer, CutsWhoDoesNotCloseAfterItsLastAnswer)
{
    allowed.linger_time = 100ms;
    start();
    auto by = client();
    EXPECT_EQ(asked(by, "nonsense\r\n\r\n").status, 400);
    EXPECT_TRUE(by.closes());
    const auto begin = clock::now();
    while (serving->counted().open > 0 && clock::now() - begin < 10s)
        by.send_some("x");
    EXPECT_EQ(serving->counted().open, 0U);
}

// ---- numbers

TEST_F(HttpServer, TurnsAwayConnectionsBeyondItsLimit)
{
    allowed.connections = 3;
    start();
    std::vector<raw_client> served;
    for (int i = 0; i < 3; ++i) {
        served.push_back(client());
        EXPECT_EQ(asked(served.back()).status, 200);
    }
    auto beyond = client();
    const auto answer = asked(beyond);
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.has("Retry-After: 1"));
    EXPECT_TRUE(beyond.closes());
    EXPECT_EQ(serving->counted().turned_away, 1U);

    served.pop_back();
    const auto begin = clock::now();
    while (serving->counted().open >= 3 && clock::now() - begin < 10s)
        EXPECT_EQ(asked(served.front()).status, 200);
    auto after = client();
    EXPECT_EQ(asked(after).status, 200);
}

// As many descriptors as the test needs, where the hard limit has them.
void want_descriptors(rlim_t count)
{
    rlimit open_files{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &open_files), 0);
    if (open_files.rlim_cur >= count)
        return;
    ASSERT_GE(open_files.rlim_max, count);
    open_files.rlim_cur = count;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &open_files), 0);
}

TEST_F(HttpServer, ServesBesideAThousandIdleConnections)
{
    want_descriptors(2'200);
    start();
    std::vector<raw_client> idle;
    idle.reserve(1'000);
    for (int i = 0; i < 1'000; ++i)
        idle.push_back(client());
    auto by = client();
    EXPECT_EQ(asked(by).status, 200);
    for (auto& each : idle)
        ASSERT_EQ(asked(each).status, 200);
    EXPECT_EQ(serving->counted().open, 1'001U);
}

TEST_F(HttpServer, GoesOnAfterDescriptorsRanOut)
{
    start(1);
    auto beside = client();
    EXPECT_EQ(asked(beside).status, 200);
    raw_client waiting;

    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit none{.rlim_cur = 3, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    waiting.connect(serving->local_endpoints().front());
    waiting.send(ask);
    const auto begin = clock::now();
    while (clock::now() - begin < 300ms || serving->counted().accept_failures == 0)
        ASSERT_EQ(asked(beside).status, 200);
    const auto failures = serving->counted().accept_failures.load();
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);

    EXPECT_LT(failures, 20U);  // it waits in between
    EXPECT_EQ(waiting.read_answer().status, 200);
}

// ---- stopping

TEST_F(HttpServer, AnswersWhatIsInFlightWhenItStops)
{
    answers.until.expect(2);
    start(1);  // one queue: once the last are served, the others have been accepted
    auto idle = client();
    EXPECT_EQ(asked(idle).status, 200);
    auto never_asked = client();
    auto about_to_ask = client();
    std::array<raw_client, 2> in_flight{client(), client()};
    for (auto& each : in_flight)
        each.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    answers.until.await_expected();

    const auto at = serving->local_endpoints().front();
    auto stopped = std::async(std::launch::async, [this] { serving->stop(10s); });
    EXPECT_TRUE(idle.closes());
    // Whoever has just connected has his first request on the way, and is waited for.
    const auto answer_to_new = asked(about_to_ask);
    EXPECT_EQ(answer_to_new.status, 200);
    EXPECT_TRUE(answer_to_new.has("Connection: close"));
    about_to_ask.half_close();
    EXPECT_TRUE(never_asked.closes());
    answers.until.open();
    for (auto& each : in_flight) {
        const auto answer = each.read_answer();
        EXPECT_EQ(answer.status, 200);
        EXPECT_TRUE(answer.has("Connection: close"));
        EXPECT_TRUE(each.closes());
        each.half_close();
    }
    stopped.get();
    // Nobody listens any more: the address can be bound alone.
    const auto again = "127.0.0.1:" + std::to_string(at.port());
    EXPECT_EQ(start_failure(answers, again), "");
}

TEST_F(HttpServer, LetsARequestThatHasBegunFinishWhenItStops)
{
    start(1);
    auto by = client();
    by.send("POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(by.read_answer().status, 100);
    auto idle = client();
    EXPECT_EQ(asked(idle).status, 200);
    auto stopped = std::async(std::launch::async, [this] { serving->stop(10s); });
    EXPECT_TRUE(idle.closes());
    const auto answer = asked(by, "hello");
    EXPECT_EQ(answer.body, "POST /a hello");
    EXPECT_TRUE(answer.has("Connection: close"));
    by.half_close();
    stopped.get();
}

TEST_F(HttpServer, CutsWhatIsNotDoneInTimeWhenItStops)
{
    start();
    auto by = client();
    by.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    answers.until.await_expected();
    auto slow = client();
    slow.send("GET /");
    const auto begin = clock::now();
    serving->stop(200ms);
    EXPECT_LT(clock::now() - begin, 5s);
    EXPECT_EQ(by.read_answer().status, 0);
    EXPECT_EQ(slow.read_answer().status, 0);
}

// ---- sockets of others

// What systemd does: binds the socket, and keeps it open while servers come and go.
class PassedSocket : public HttpServer {
protected:
    asio::io_context io;
    asio::ip::tcp::acceptor kept{io, {asio::ip::address_v4::loopback(), 0}};

    void start_on(int socket, unsigned threads)
    {
        const std::vector<listening_place> places{{.socket = socket}};
        serving = std::make_unique<server>(allowed, threads, places, answers);
        serving->start();
    }
    int duplicate() { return ::dup(kept.native_handle()); }
};

TEST_F(PassedSocket, IsAcceptedFromByEveryThread)
{
    start_on(duplicate(), 3);
    EXPECT_EQ(serving->local_endpoints().front(), kept.local_endpoint());
    std::vector<raw_client> many;
    for (int i = 0; i < 50; ++i)
        many.push_back(client());
    for (auto& each : many)
        EXPECT_EQ(asked(each).status, 200);
}

TEST_F(PassedSocket, KeepsWhoComesWhileNobodyServes)
{
    start_on(duplicate(), 2);
    EXPECT_EQ(asked(*std::make_unique<raw_client>(client())).status, 200);
    serving->stop(10s);
    raw_client waiting{kept.local_endpoint()};
    waiting.send(ask);
    start_on(duplicate(), 2);
    EXPECT_EQ(waiting.read_answer().status, 200);
}

TEST_F(PassedSocket, IsRefusedWhereItDoesNotListen)
{
    asio::ip::tcp::socket not_listening{io, asio::ip::tcp::v4()};
    EXPECT_THROW(start_on(::dup(not_listening.native_handle()), 1), std::runtime_error);
    EXPECT_THROW(start_on(999'999, 1), std::runtime_error);
}

TEST_F(HttpServer, TellsOfEachThreadWhetherItHasComeRound)
{
    start(2);
    for (std::size_t n = 0; n < serving->threads(); ++n)
        for (int i = 0; i < 3; ++i) {
            const auto until = clock::now() + 10s;
            bool turned = false;
            while (!turned && clock::now() < until)
                turned = serving->has_turned(n);
            EXPECT_TRUE(turned) << n;
        }
}

TEST_F(HttpServer, HasNotComeRoundWhereItIsStuck)
{
    const std::vector<std::string> addresses{"127.0.0.1:0"};
    server unstarted{allowed, 1, addresses, answers};
    EXPECT_TRUE(unstarted.has_turned(0));
    EXPECT_FALSE(unstarted.has_turned(0));
}

TEST_F(HttpServer, StopsAtOnceWhereNothingIsAsked)
{
    start();
    const auto begin = clock::now();
    serving->stop(10s);
    serving->stop(10s);
    EXPECT_LT(clock::now() - begin, 5s);
}

}  // namespace
}  // namespace rollcall::http
