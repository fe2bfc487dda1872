#include "poller/rate_notice.hpp"

#include "poller/schedule.hpp"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

const timestamp now = *parse_rfc3339("2026-08-14T09:00:00Z");

rate_notice read(const headers& fields)
{
    return read_rate_notice(fields, now);
}

TEST(RateNotice, IsReadInTheFormOfTheDraft)
{
    EXPECT_EQ(
        read({{"ratelimit", "\"default\";r=12;t=30"}, {"ratelimit-policy", "\"burst\";q=100;w=60"}}
        ),
        (rate_notice{12, 30s, 100})
    );
    EXPECT_EQ(
        read(
            {{"ratelimit", "\"burst\";r=7;t=1, \"sustained\" ; r=3 ; t=250"},
             {"ratelimit-policy", "\"burst\";q=250;w=10, \"sustained\";q=1000;w=300"}}
        ),
        (rate_notice{3, 250s, 200})
    );
}

TEST(RateNotice, IsReadInTheOlderForm)
{
    EXPECT_EQ(
        read(
            {{"x-ratelimit-limit", "100"},
             {"x-ratelimit-remaining", "0"},
             {"x-ratelimit-reset", "17"}}
        ),
        (rate_notice{0, 17s, {}})
    );
    EXPECT_EQ(
        read({{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1786698060"}}),
        (rate_notice{0, 60s, {}})
    );
    EXPECT_EQ(
        read({{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1786690000"}}),
        (rate_notice{0, 0s, {}})
    );
}

TEST(RateNotice, SaysNothingWhereItCannotBeRead)
{
    for (const auto* field :
         {"", "\"default\"", "\"default\";r=;t=", "\"d\";r=many", ";;;==,,", "r=-1"})
        EXPECT_EQ(read({{"ratelimit", field}}), rate_notice{}) << field;
    for (const auto* field : {"", "\"d\";q=1", "\"d\";q=1;w=0", "\"d\";q=99999999999;w=1"})
        EXPECT_EQ(read({{"ratelimit-policy", field}}), rate_notice{}) << field;
    EXPECT_EQ(read({{"ratelimit", "\"d\";r=0;t=999999999"}}), (rate_notice{0, 1h, {}}));
}

// ---- what the schedule makes of it

struct scene {
    schedule plans{schedule_pace{.jitter = 0}, [] { return 0.0; }};
    schedule::entry object = 0;

    scene()
    {
        plans.add_source(plans.add_credential(60'000U), 8);
        object = plans.add(0, schedule::lane::meeting, now, 0ms);
    }
    bool may_ask(timestamp at) { return plans.candidate(at).has_value(); }
};

TEST(RateNotice, OfAnEmptyBudgetHasTheCredentialWait)
{
    scene of;
    of.plans.told_limit(0, {0, 30s, {}}, now);
    EXPECT_FALSE(of.may_ask(now + 29s));
    EXPECT_TRUE(of.may_ask(now + 31s));
}

TEST(RateNotice, OfABudgetThatIsLeftHasNobodyWait)
{
    scene of;
    of.plans.told_limit(0, {12, 30s, {}}, now);
    EXPECT_TRUE(of.may_ask(now));
}

TEST(RateNotice, OfASmallerBudgetSlowsDownFromThenOn)
{
    scene of;
    of.plans.told_limit(0, {{}, {}, 60}, now);
    int asked = 0;
    for (auto at = now; at < now + 60s; at += 10ms)
        if (const auto which = of.plans.candidate(at)) {
            of.plans.begin(*which, at);
            of.plans.finished(*which, verdict::good, at);
            ++asked;
        }
    EXPECT_LE(asked, 60);
    EXPECT_GE(asked, 50);
}

}  // namespace
}  // namespace rollcall
