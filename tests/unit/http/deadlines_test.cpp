#include "http/deadlines.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace rollcall::http {
namespace {

using namespace std::chrono_literals;

struct counting_deadline final : deadline {
    int late = 0;
    std::function<void()> then = [] {};
    void expired() override
    {
        ++late;
        then();
    }
};

limits short_limits()
{
    limits allowed;
    allowed.idle_time = 60s;
    allowed.header_time = 10s;
    return allowed;
}

const steady_time start{};

TEST(Deadlines, ExpireOnceAndInTime)
{
    deadline_queue queue{short_limits()};
    counting_deadline a;
    EXPECT_EQ(queue.begin(a, wait::header, start), start + 10s);
    EXPECT_EQ(queue.earliest(), start + 10s);
    queue.expire(start + 10s - 1ms);
    EXPECT_EQ(a.late, 0);
    queue.expire(start + 10s);
    queue.expire(start + 20s);
    EXPECT_EQ(a.late, 1);
    EXPECT_FALSE(queue.earliest());
}

TEST(Deadlines, OtherLengthsAlsoCountForWaitsThatHaveBegun)
{
    deadline_queue queue{short_limits()};
    counting_deadline long_there;
    counting_deadline just_there;
    queue.begin(long_there, wait::idle, start);
    auto shorter = short_limits();
    shorter.idle_time = 5s;
    queue.change(shorter);
    EXPECT_EQ(queue.earliest(), start + 5s);
    queue.begin(just_there, wait::idle, start + 1s);
    queue.expire(start + 5s);
    EXPECT_EQ(long_there.late, 1);
    EXPECT_EQ(just_there.late, 0);
    EXPECT_EQ(queue.earliest(), start + 6s);
}

TEST(Deadlines, ANewWaitReplacesTheOldOne)
{
    deadline_queue queue{short_limits()};
    counting_deadline a;
    counting_deadline b;
    queue.begin(a, wait::idle, start);
    queue.begin(b, wait::idle, start + 1s);
    queue.begin(a, wait::header, start + 2s);
    EXPECT_EQ(queue.earliest(), start + 12s);
    queue.begin(a, wait::idle, start + 3s);
    EXPECT_EQ(queue.earliest(), start + 61s);
    deadline_queue::end(b);
    EXPECT_EQ(queue.earliest(), start + 63s);
}

TEST(Deadlines, ADestroyedOneIsForgotten)
{
    deadline_queue queue{short_limits()};
    {
        counting_deadline a;
        queue.begin(a, wait::header, start);
    }
    EXPECT_FALSE(queue.earliest());
    queue.expire(start + 1h);
}

TEST(Deadlines, WhoIsLateMayWaitAgain)
{
    deadline_queue queue{short_limits()};
    counting_deadline a;
    a.then = [&] { queue.begin(a, wait::idle, start + 10s); };
    queue.begin(a, wait::header, start);
    queue.expire(start + 10s);
    EXPECT_EQ(a.late, 1);
    EXPECT_EQ(queue.earliest(), start + 70s);
}

}  // namespace
}  // namespace rollcall::http
