#include "poller/token_bucket.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

namespace rollcall::test {
namespace {

constexpr timestamp noon{milliseconds{1'786'000'000'000}};

// A server that counts what arrived within the last minute, and how close it came to its limit.
class enforcing_server {
public:
    void arrived(timestamp at)
    {
        arrivals_.push_back(at);
        while (arrivals_.front() <= at - std::chrono::minutes{1})
            arrivals_.pop_front();
        most_ = std::max(most_, arrivals_.size());
    }
    std::size_t most_in_a_minute() const { return most_; }

private:
    std::deque<timestamp> arrivals_;
    std::size_t most_ = 0;
};

class TokenBucket : public testing::TestWithParam<std::uint32_t> {};

TEST_P(TokenBucket, IsUsedToNineTenthsAndNeverExceeded)
{
    const auto limit = GetParam();
    token_bucket bucket{limit};
    enforcing_server server;
    auto now = noon;
    for (int sent = 0; sent < 10'000; ++sent) {
        now = std::max(now, bucket.ready_at());
        bucket.take(now);
        server.arrived(now);
    }
    EXPECT_LE(server.most_in_a_minute(), limit);
    const auto minutes = std::chrono::duration<double, std::ratio<60>>(now - noon).count();
    EXPECT_GE(10'000 / minutes, 0.9 * limit);
}

TEST_P(TokenBucket, IsNeverExceededWhateverTheDemandAndTheWay)
{
    const auto limit = GetParam();
    std::mt19937_64 random{limit};
    token_bucket bucket{limit};
    auto now = noon;
    std::vector<timestamp> arrivals;
    for (int sent = 0; sent < 10'000; ++sent) {
        if (random() % 50 == 0)  // nothing to do for up to two minutes
            now += milliseconds{random() % 120'000};
        now = std::max(now, bucket.ready_at());
        bucket.take(now);
        arrivals.push_back(now + milliseconds{random() % 1'000});
    }
    std::ranges::sort(arrivals);
    enforcing_server server;
    for (const auto at : arrivals)
        server.arrived(at);
    EXPECT_LE(server.most_in_a_minute(), limit);
}

TEST_P(TokenBucket, AllowsASmallBurstOnly)
{
    token_bucket bucket{GetParam()};
    std::uint32_t at_once = 0;
    for (; bucket.ready(noon); ++at_once)
        bucket.take(noon);
    EXPECT_EQ(at_once, bucket.burst());
    EXPECT_LE(at_once, std::max(1U, GetParam() / 50));
}

INSTANTIATE_TEST_SUITE_P(
    Limits, TokenBucket, testing::Values(1, 2, 7, 20, 60, 99, 300, 3'000, 60'000, 250'000)
);

TEST(TokenBucketLeft, IsTheBurstAndComesBackOneByOne)
{
    token_bucket bucket{600};  // 12 at once
    EXPECT_EQ(bucket.left(noon), 12U);
    for (std::uint32_t left = 12; left > 0; --left) {
        EXPECT_TRUE(bucket.ready(noon));
        bucket.take(noon);
        EXPECT_EQ(bucket.left(noon), left - 1);
    }
    EXPECT_FALSE(bucket.ready(noon));
    EXPECT_EQ(bucket.left(bucket.ready_at()), 1U);
    EXPECT_EQ(bucket.left(noon + std::chrono::minutes{1}), 12U);
}

}  // namespace
}  // namespace rollcall::test
