#include "app/reloading.hpp"

#include "app/source_providers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

settings with_sources(const std::vector<std::string>& names)
{
    settings with;
    with.kafka.bootstrap_servers = "k:9092";
    for (const auto& name : names)
        with.sources.push_back({.name = name, .provider = "attendee"});
    return with;
}

TEST(PlanReload, TakesSourcesLimitsTlsTheLogAndTheTimeForStopping)
{
    const auto now = with_sources({"a"});
    auto wanted = with_sources({"a", "b"});
    wanted.sources.front().webhook.secrets = {"other"};
    wanted.limits.body_bytes = 2048;
    wanted.limits.idle_time = milliseconds{5};
    wanted.listen.front().tls = tls_settings{.certificate = "other"};
    wanted.level = log_level::debug;
    wanted.shutdown_timeout = milliseconds{1};
    const auto plan = plan_reload(now, wanted);
    EXPECT_EQ(plan.next, wanted);
    EXPECT_THAT(plan.fixed, IsEmpty());
}

TEST(PlanReload, NamesWhatOnlyARestartChanges)
{
    const auto now = with_sources({"a"});
    auto wanted = now;
    wanted.kafka.bootstrap_servers = "elsewhere:9092";
    wanted.kafka.properties["client.id"] = "x";
    wanted.listen = {{"0.0.0.0:9"}};
    wanted.ops_address = "127.0.0.1:10";
    wanted.instance = "other";
    wanted.order.hold = milliseconds{1};
    wanted.dedupe_window = milliseconds{1};
    wanted.intake_timeout = milliseconds{1};
    wanted.spool.max_bytes = 1;
    const auto plan = plan_reload(now, wanted);
    EXPECT_EQ(plan.next, now);
    EXPECT_THAT(
        plan.fixed,
        ElementsAre(
            "kafka.bootstrap_servers",
            "kafka.properties",
            "listen",
            "ops.address",
            "order.hold",
            "dedupe.window",
            "intake.timeout",
            "spool.max_bytes"
        )
    );
}

TEST(PlanReload, LetsNoBodyBeLargerThanTheKafkaClientsTake)
{
    const auto now = with_sources({"a"});
    auto wanted = now;
    wanted.limits.body_bytes = 1'200'000;
    EXPECT_THAT(plan_reload(now, wanted).fixed, IsEmpty());
    wanted.limits.body_bytes = 16ULL << 20;
    const auto plan = plan_reload(now, wanted);
    EXPECT_THAT(plan.fixed, ElementsAre("limits.body_bytes"));
    EXPECT_EQ(plan.next.limits.body_bytes, now.limits.body_bytes);
}

TEST(PollsDiffer, WhereAPolledSourceCameWentOrChanged)
{
    auto now = with_sources({"a", "b"});
    auto next = now;
    next.sources.back().webhook.secrets = {"other"};
    next.sources.pop_back();
    EXPECT_FALSE(polls_differ(now, next)) << "none of them is polled";
    next.sources.front().poll.emplace();
    EXPECT_TRUE(polls_differ(now, next));
    now = next;
    next.sources.front().webhook.secrets = {"another"};
    EXPECT_FALSE(polls_differ(now, next)) << "a poller knows no webhook secrets";
    next.sources.front().poll->api_key = "other";
    EXPECT_TRUE(polls_differ(now, next));
}

TEST(CurrentProviders, KeepThoseOfSourcesThatAreGone)
{
    current_providers all;
    EXPECT_EQ(all.find("a"), nullptr);
    all.replace(std::make_shared<source_providers>(with_sources({"a", "b"})));
    const auto a = all.find("a");
    const auto b = all.find("b");
    ASSERT_NE(a, nullptr);
    all.replace(std::make_shared<source_providers>(with_sources({"b"})));
    EXPECT_EQ(all.find("a"), a);
    EXPECT_NE(all.find("b"), b);
}

}  // namespace
}  // namespace rollcall
