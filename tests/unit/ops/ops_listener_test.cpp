#include "ops/ops_listener.hpp"

#include "http/server.hpp"
#include "support/raw_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

namespace rollcall {
namespace {

class OpsListener : public testing::Test {
protected:
    readiness known;
    metrics_page metrics;
    ops_listener listening{known, metrics};
    http::server serving{{}, 1, {"127.0.0.1:0"}, listening};
    OpsListener() { serving.start(); }

    test::raw_answer ask(const std::string& line)
    {
        test::raw_client by{serving.local_endpoints().front()};
        by.send(line + " HTTP/1.1\r\nHost: h\r\n\r\n");
        return by.read_answer(line.starts_with("HEAD"));
    }
};

TEST_F(OpsListener, IsAliveFromTheBeginning)
{
    EXPECT_EQ(ask("GET /livez").status, 200);
    EXPECT_EQ(ask("GET /livez?verbose").body, "ok\n");
}

TEST_F(OpsListener, IsReadyWhenToldSo)
{
    EXPECT_EQ(ask("GET /readyz").status, 503);
    EXPECT_EQ(ask("GET /readyz").body, "starting\n");
    known.not_ready("restoring 3 of 12 partitions");
    EXPECT_EQ(ask("GET /readyz").body, "restoring 3 of 12 partitions\n");
    known.ready();
    EXPECT_EQ(ask("GET /readyz").status, 200);
    EXPECT_EQ(ask("HEAD /readyz").status, 200);
    known.not_ready("stopping");
    EXPECT_EQ(ask("HEAD /readyz").status, 503);
}

TEST_F(OpsListener, SaysWhatItDoesWithoutWhileItIsReady)
{
    std::atomic<bool> spooling = false;
    readiness telling;
    telling.degraded_by([&]() -> std::optional<std::string> {
        return spooling ? std::optional<std::string>{"spooling, 3 records wait"} : std::nullopt;
    });
    ops_listener other{telling, metrics};
    http::server also_serving{{}, 1, {"127.0.0.1:0"}, other};
    also_serving.start();
    const auto ask_other = [&] {
        test::raw_client by{also_serving.local_endpoints().front()};
        by.send("GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n");
        return by.read_answer(false);
    };
    spooling = true;
    EXPECT_EQ(ask_other().status, 503);
    EXPECT_EQ(ask_other().body, "starting; spooling, 3 records wait\n");
    telling.ready();
    EXPECT_EQ(ask_other().status, 200);
    EXPECT_EQ(ask_other().body, "degraded: spooling, 3 records wait\n");
    spooling = false;
    EXPECT_EQ(ask_other().body, "ready\n");
}

TEST_F(OpsListener, TellsEachScrapeHowItIsThen)
{
    std::uint64_t seen = 0;
    metrics.add([&](metric_writer& to) {
        to.counter("rollcall_seen_total", "How often.");
        to.sample(++seen, {{"source", "a\"b\\c"}});
    });
    const auto first = ask("GET /metrics");
    EXPECT_EQ(first.status, 200);
    EXPECT_TRUE(first.has("Content-Type: text/plain; version=0.0.4; charset=utf-8"));
    EXPECT_EQ(
        first.body,
        "# HELP rollcall_seen_total How often.\n"
        "# TYPE rollcall_seen_total counter\n"
        "rollcall_seen_total{source=\"a\\\"b\\\\c\"} 1\n"
    );
    EXPECT_THAT(ask("GET /metrics").body, testing::HasSubstr("} 2\n"));
}

TEST_F(OpsListener, KnowsNothingElse)
{
    EXPECT_EQ(ask("GET /").status, 404);
    EXPECT_EQ(ask("GET /readyz/").status, 404);
    const auto refused = ask("POST /readyz");
    EXPECT_EQ(refused.status, 405);
    EXPECT_TRUE(refused.has("Allow: GET, HEAD"));
}

}  // namespace
}  // namespace rollcall
