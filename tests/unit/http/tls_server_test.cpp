// The server over TLS, asked by OpenSSL's client over real sockets.
#include "http/handshake_alarm.hpp"
#include "http/server.hpp"
#include "support/certificates.hpp"
#include "support/eventually.hpp"
#include "support/raw_client.hpp"
#include "support/tls_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>

namespace rollcall::http {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::raw_client;
using test::tls_client;
using test::tls_manner;
using testing::HasSubstr;
using clock = std::chrono::steady_clock;
namespace asio = boost::asio;

constexpr int tls_1_1 = 0x0302;
constexpr int tls_1_2 = 0x0303;
constexpr int tls_1_3 = 0x0304;

constexpr std::string_view ask = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";

// `/large` is answered with eight MiB, the rest with what was sent.
class echo final : public handler {
public:
    asio::awaitable<response> handle(const request& asked) override
    {
        response answer;
        if (asked.path == "/large")
            answer.body.assign(8U << 20U, 'x');
        else
            answer.body = asked.body;
        co_return answer;
    }
};

class TlsServer : public testing::Test {
protected:
    const test::authority ours;
    const test::identity first = ours.issue("DNS:localhost");
    echo answers;
    limits allowed;
    std::shared_ptr<tls_identity> identity;
    std::unique_ptr<server> serving;

    tls_offer offer() const { return {.certificate = first.certificate, .key = first.key}; }
    void start(const tls_offer& with, unsigned threads = 2)
    {
        identity = std::make_shared<tls_identity>(make_server_context(with));
        const std::vector<listening_place> places{{.address = "127.0.0.1:0", .identity = identity}};
        serving = std::make_unique<server>(allowed, threads, places, answers);
        serving->start();
    }
    asio::ip::tcp::endpoint at() const { return serving->local_endpoints().front(); }
    tls_manner trusting() const
    {
        tls_manner how;
        how.ca = ours.certificate();
        return how;
    }
    static int status_of(tls_client& by)
    {
        by.send(ask);
        return by.read_answer().status;
    }
    bool fails_within(std::uint64_t handshakes)
    {
        return eventually(10s, [&] { return serving->counted().failed_handshakes == handshakes; });
    }
};

TEST_F(TlsServer, AnswersOnAConnectionThatIsKept)
{
    start(offer());
    for (const int version : {tls_1_2, tls_1_3}) {
        auto how = trusting();
        how.least = how.most = version;
        tls_client by{at(), how};
        ASSERT_TRUE(by.connected()) << by.trouble();
        EXPECT_EQ(by.version(), version == tls_1_2 ? "TLSv1.2" : "TLSv1.3");
        for (int i = 0; i < 3; ++i) {
            by.send(ask);
            EXPECT_EQ(by.read_answer().body, "hello");
        }
    }
    EXPECT_EQ(serving->counted().accepted, 2U);
    EXPECT_EQ(serving->counted().handshakes, 2U);
}

TEST_F(TlsServer, SendsAndTakesWhatIsLargerThanItsBuffers)
{
    start(offer());
    tls_client by{at(), trusting()};
    by.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(by.read_answer().body.size(), 8U << 20U);
    const std::string body(900'000, 'y');
    by.send(
        "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body
    );
    EXPECT_EQ(by.read_answer().body, body);
}

TEST_F(TlsServer, SaysFarewellAndReadsTheClients)
{
    start(offer());
    tls_client by{at(), trusting()};
    by.send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(by.read_answer().status, 200);
    EXPECT_TRUE(by.closes());
}

// ---- what is agreed on

TEST_F(TlsServer, RefusesOlderProtocols)
{
    start(offer());
    auto how = trusting();
    how.least = how.most = tls_1_1;
    tls_client by{at(), how};
    EXPECT_FALSE(by.connected());
    EXPECT_THAT(by.trouble(), HasSubstr("protocol version"));
    EXPECT_TRUE(fails_within(1));
}

TEST_F(TlsServer, SpeaksOnly13WhereItIsToldSo)
{
    auto with = offer();
    with.only_1_3 = true;
    start(with);
    auto how = trusting();
    tls_client modern{at(), how};
    EXPECT_EQ(status_of(modern), 200) << modern.trouble();
    how.most = tls_1_2;
    EXPECT_FALSE((tls_client{at(), how}.connected()));
}

TEST_F(TlsServer, TakesForwardSecretAeadCiphersAlone)
{
    start(offer());
    auto how = trusting();
    how.most = tls_1_2;
    for (const auto* good :
         {"ECDHE-ECDSA-AES128-GCM-SHA256",
          "ECDHE-ECDSA-AES256-GCM-SHA384",
          "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
        how.ciphers = good;
        tls_client by{at(), how};
        EXPECT_EQ(status_of(by), 200) << good << ": " << by.trouble();
        EXPECT_EQ(by.cipher(), good);
    }
    for (const auto* bad :
         {"ECDHE-ECDSA-AES128-SHA256",
          "ECDHE-ECDSA-AES256-SHA",
          "ECDHE-ECDSA-AES128-CCM",
          "AES128-GCM-SHA256",
          "AES256-SHA",
          "DHE-RSA-AES128-GCM-SHA256",
          "aNULL",
          "eNULL"}) {
        how.ciphers = bad;
        const tls_client by{at(), how};
        EXPECT_FALSE(by.connected()) << bad;
        EXPECT_THAT(by.trouble(), HasSubstr("handshake failure")) << bad;
    }
}

TEST_F(TlsServer, AgreesOnHttp11OrOnNothing)
{
    start(offer());
    auto how = trusting();
    how.protocols = {"h2", "http/1.1"};
    tls_client by{at(), how};
    EXPECT_EQ(status_of(by), 200) << by.trouble();
    EXPECT_EQ(by.protocol(), "http/1.1");
    how.protocols = {"h2"};
    const tls_client other{at(), how};
    EXPECT_FALSE(other.connected());
    EXPECT_THAT(other.trouble(), HasSubstr("no application protocol"));
    tls_client silent{at(), trusting()};
    EXPECT_EQ(silent.protocol(), "");
    EXPECT_EQ(status_of(silent), 200);
}

TEST_F(TlsServer, DoesNotRenegotiate)
{
    start(offer());
    auto how = trusting();
    how.most = tls_1_2;
    tls_client by{at(), how};
    ASSERT_EQ(status_of(by), 200);
    EXPECT_FALSE(by.renegotiates());
}

TEST_F(TlsServer, ResumesByTickets)
{
    start(offer());
    for (const int version : {tls_1_2, tls_1_3}) {
        auto how = trusting();
        how.least = how.most = version;
        tls_client by{at(), how};
        EXPECT_EQ(status_of(by), 200);
        how.session = by.session();
        tls_client again{at(), how};
        EXPECT_EQ(status_of(again), 200);
        EXPECT_TRUE(again.resumed()) << version;
    }
}

// ---- clients that prove who they are

class MutualTls : public TlsServer {
protected:
    const test::authority clients;

    tls_offer asking(bool required) const
    {
        auto with = offer();
        with.client_ca = clients.certificate();
        with.client_required = required;
        return with;
    }
    // The status of an answer; 0 where there is none.
    int status_with(const test::identity& own, int version = tls_1_3)
    {
        auto how = trusting();
        how.own = own;
        how.most = version;
        tls_client by{at(), how};
        if (!by.connected())
            return 0;
        const int status = status_of(by);
        why = by.trouble();
        return status;
    }
    std::string why;
};

TEST_F(MutualTls, IsForThoseWithACertificateOfTheRightAuthority)
{
    start(asking(true));
    for (const int version : {tls_1_2, tls_1_3}) {
        EXPECT_EQ(status_with(clients.issue("DNS:sender"), version), 200) << why;
        EXPECT_EQ(status_with({}, version), 0);
        EXPECT_EQ(status_with(ours.issue("DNS:sender"), version), 0) << "of another authority";
        EXPECT_EQ(status_with(clients.issue("DNS:sender", 3), version), 0) << "out of date";
    }
    EXPECT_TRUE(fails_within(6));
    EXPECT_EQ(serving->counted().requests, 2U);
}

TEST_F(MutualTls, TellsTheClientWhy)
{
    start(asking(true));
    EXPECT_EQ(status_with({}), 0);
    EXPECT_THAT(why, HasSubstr("certificate required"));
}

TEST_F(MutualTls, MayBeOnlyAskedFor)
{
    start(asking(false));
    EXPECT_EQ(status_with({}), 200) << why;
    EXPECT_EQ(status_with(clients.issue("DNS:sender")), 200) << why;
    EXPECT_EQ(status_with(ours.issue("DNS:sender")), 0) << "shown, and of another authority";
}

TEST_F(MutualTls, ResumesForWhoWasKnown)
{
    start(asking(true));
    for (const int version : {tls_1_2, tls_1_3}) {
        auto how = trusting();
        how.own = clients.issue("DNS:sender");
        how.least = how.most = version;
        tls_client by{at(), how};
        EXPECT_EQ(status_of(by), 200) << by.trouble();
        how.session = by.session();
        tls_client again{at(), how};
        EXPECT_EQ(status_of(again), 200) << again.trouble();
        EXPECT_TRUE(again.resumed()) << version;
    }
}

// ---- who does not play along

TEST_F(TlsServer, CutsOffWhoSaysNothing)
{
    allowed.handshake_time = 200ms;
    start(offer());
    raw_client silent{at()};
    const auto begin = clock::now();
    EXPECT_TRUE(silent.closes());
    EXPECT_GE(clock::now() - begin, 150ms);
    EXPECT_LT(clock::now() - begin, 5s);
    EXPECT_TRUE(fails_within(1));
    tls_client by{at(), trusting()};
    EXPECT_EQ(status_of(by), 200);
}

TEST_F(TlsServer, CutsOffWhoSpeaksTooSlowly)
{
    allowed.handshake_time = 300ms;
    start(offer());
    raw_client slow{at()};
    const std::string_view hello{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11};
    const auto begin = clock::now();
    for (const char byte : hello) {  // a byte now and then does not prolong it
        slow.send({&byte, 1});
        if (slow.readable_within(60ms))
            break;
    }
    EXPECT_TRUE(slow.closes());
    EXPECT_LT(clock::now() - begin, 5s);
    EXPECT_TRUE(fails_within(1));
}

TEST_F(TlsServer, ClosesOnWhoSpeaksPlainHttpAndCountsIt)
{
    start(offer());
    testing::internal::CaptureStderr();
    constexpr std::uint64_t many = 30;
    for (std::uint64_t i = 0; i < many; ++i) {
        raw_client plain{at()};
        plain.send(ask);
        EXPECT_EQ(plain.read_answer().status, 0);
    }
    EXPECT_TRUE(fails_within(many));
    EXPECT_EQ(serving->counted().handshakes, 0U);
    EXPECT_EQ(serving->counted().requests, 0U);
    serving->stop(10s);
    const auto log = testing::internal::GetCapturedStderr();
    std::size_t lines = 0;
    for (auto from = log.find("TLS handshakes fail"); from != std::string::npos;
         from = log.find("TLS handshakes fail", from + 1))
        ++lines;
    EXPECT_GE(lines, 1U);
    EXPECT_LE(lines, serving->threads()) << log;
    EXPECT_THAT(log, HasSubstr("http request"));
}

TEST_F(TlsServer, DoesNotCountWhoOnlyKnocks)
{
    start(offer(), 1);
    for (int i = 0; i < 10; ++i)
        raw_client{at()}.half_close();
    tls_client by{at(), trusting()};
    EXPECT_EQ(status_of(by), 200);
    EXPECT_EQ(serving->counted().failed_handshakes, 0U);
}

TEST_F(TlsServer, SurvivesWhoGoesInTheMiddleOfAnAnswer)
{
    start(offer(), 1);
    for (int i = 0; i < 5; ++i) {
        tls_client by{at(), trusting()};
        by.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    tls_client by{at(), trusting()};
    EXPECT_EQ(status_of(by), 200);
    EXPECT_TRUE(eventually(10s, [&] { return serving->counted().open == 1; }));
}

TEST_F(TlsServer, TurnsAwayWhoComesBeyondTheLimitWithAnAnswer)
{
    allowed.connections = 1;
    start(offer(), 1);
    tls_client in{at(), trusting()};
    EXPECT_EQ(status_of(in), 200);
    tls_client out{at(), trusting()};
    ASSERT_TRUE(out.connected()) << out.trouble();
    EXPECT_EQ(out.read_answer().status, 503);
}

TEST_F(TlsServer, StopsWithoutWaitingForHandshakesThatDoNotCome)
{
    allowed.linger_time = 100ms;
    start(offer());
    raw_client silent{at()};
    tls_client idle{at(), trusting()};
    EXPECT_EQ(status_of(idle), 200);
    const auto begin = clock::now();
    serving->stop(30s);
    EXPECT_LT(clock::now() - begin, 5s);
    EXPECT_TRUE(idle.closes());
}

// ---- another certificate

TEST_F(TlsServer, TakesAnotherCertificateUnderLoadWithoutAFailure)
{
    start(offer());
    const auto second = ours.issue("DNS:localhost");
    std::atomic<bool> enough{false};
    std::atomic<int> answered{0};
    std::atomic<int> failed{0};
    const auto ask_on = [&](bool keep) {
        while (!enough) {
            tls_client by{at(), trusting()};
            for (int i = 0; i < (keep ? 1'000'000 : 1) && !enough; ++i)
                ++(status_of(by) == 200 ? answered : failed);
        }
    };
    std::thread kept{ask_on, true};
    std::thread anew{ask_on, false};
    for (int swap = 0; swap < 20; ++swap) {
        const auto& next = swap % 2 == 0 ? second : first;
        identity->replace(make_server_context({.certificate = next.certificate, .key = next.key}));
        const int before = answered;
        EXPECT_TRUE(eventually(10s, [&] { return answered >= before + 20; }));
        EXPECT_EQ((tls_client{at(), trusting()}.certificate()), next.certificate);
    }
    enough = true;
    kept.join();
    anew.join();
    EXPECT_EQ(failed, 0);
}

TEST_F(TlsServer, GoesOnWithConnectionsOfTheFormerOneAndNotWithItsTickets)
{
    start(offer());
    tls_client before{at(), trusting()};
    EXPECT_EQ(status_of(before), 200);
    const auto second = ours.issue("DNS:localhost");
    identity->replace(make_server_context({.certificate = second.certificate, .key = second.key}));
    EXPECT_EQ(status_of(before), 200);
    auto how = trusting();
    how.session = before.session();
    tls_client after{at(), how};
    EXPECT_EQ(status_of(after), 200);
    EXPECT_FALSE(after.resumed());
    EXPECT_EQ(after.certificate(), second.certificate);
}

TEST_F(TlsServer, BecomesPlainAndEncryptedAgain)
{
    start(offer());
    identity->replace(nullptr);
    raw_client plain{at()};
    plain.send(ask);
    EXPECT_EQ(plain.read_answer().status, 200);
    identity->replace(make_server_context(offer()));
    tls_client by{at(), trusting()};
    EXPECT_EQ(status_of(by), 200);
    plain.send(ask);
    EXPECT_EQ(plain.read_answer().status, 200);
}

// ---- what cannot be used

std::string refusal_of(const tls_offer& offer)
{
    try {
        make_server_context(offer);
    } catch (const std::invalid_argument& refused) {
        return refused.what();
    }
    return {};
}

TEST(ServerContext, SaysWhatCannotBeUsed)
{
    const test::authority some;
    const auto good = some.issue("DNS:localhost");
    const auto other = some.issue("DNS:localhost");
    EXPECT_EQ(refusal_of({.certificate = good.certificate, .key = good.key}), "");
    EXPECT_THAT(
        refusal_of({.certificate = good.certificate, .key = other.key}),
        HasSubstr("the key cannot be used: key values mismatch")
    );
    EXPECT_THAT(
        refusal_of({.certificate = "none", .key = good.key}),
        HasSubstr("the certificate cannot be used")
    );
    EXPECT_THAT(
        refusal_of({.certificate = good.certificate, .key = "none"}),
        HasSubstr("the key cannot be used")
    );
    const auto half = some.certificate().substr(0, some.certificate().size() / 2);
    EXPECT_THAT(
        refusal_of({.certificate = good.certificate + half, .key = good.key}),
        HasSubstr("a certificate of the chain cannot be read")
    );
    EXPECT_THAT(
        refusal_of(
            {.certificate = good.certificate,
             .key = good.key,
             .client_ca = some.certificate() + half}
        ),
        HasSubstr("a certificate of client_ca cannot be read")
    );
    EXPECT_THAT(
        refusal_of({.certificate = good.certificate, .key = good.key, .client_ca = "none"}),
        HasSubstr("client_ca holds no certificate")
    );
}

TEST(HandshakeAlarm, SpeaksUpOnceAMinute)
{
    handshake_alarm alarm;
    const steady_time start{};
    EXPECT_EQ(alarm.failed(start), 1U);
    for (int i = 0; i < 99; ++i)
        EXPECT_EQ(alarm.failed(start + 30s), std::nullopt);
    EXPECT_EQ(alarm.failed(start + 60s), 100U);
    EXPECT_EQ(alarm.failed(start + 61s), std::nullopt);
}

}  // namespace
}  // namespace rollcall::http
