// The books of a relay: real Kafka, and another instance that takes partitions away while events
// are held.
#include "relay/relay.hpp"
#include "scene.hpp"
#include "support/broker.hpp"
#include "support/eventually.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using enum relay_count;

constexpr auto patience = 60s;
const std::string source = "attendee-test";

// A relay on a thread of this process.
class instance {
public:
    instance(const scene& s, const std::string& id)
        : relay_{
              {.bootstrap_servers = shared_broker(), .client_id = id},
              {.intake_topic = s.prefix() + "intake",
               .output_topics = {s.prefix() + "attendance", s.prefix() + "activity"},
               .deadletter_topic = s.prefix() + "deadletter",
               .group = s.prefix() + "relay",
               .transactional_id = s.prefix() + id,
               .session_timeout = 6s,
               .transaction_timeout = 8s,
               .batch = 20,
               .roll = {.mode = ordering::event_time, .hold = 1s, .settle_after = 2s}},
              counts,
              {.on_state = [this](const relay_state& now) { active = now.active; }, .on_step = {}}}
    {
        thread_ = std::jthread{[this](std::stop_token stop) { relay_.run(stop); }};
    }

    void expect_balance() const
    {
        for (const auto& [name, account] : counts.books.read()) {
            EXPECT_EQ(account.missing_records(), 0) << name;
            EXPECT_EQ(account.missing_events(), 0) << name;
        }
    }
    std::uint64_t sum(relay_count what) const { return counts.books.sum(what); }

    relay_counts counts;
    std::atomic<std::size_t> active = 0;

private:
    relay relay_;
    std::jthread thread_;
};

TEST(RelayBooks, BalanceAtEveryMomentAndForEachOwnerOfAPartition)
{
    scene s;
    const auto fed = s.feed(20, 10).size();
    instance first{s, "a"};
    ASSERT_TRUE(eventually(patience, [&] {
        first.expect_balance();
        return first.sum(published_webhook) > 0;
    }));
    s.feed(20, 10);
    // Records that are held: whoever gets their partition reads them again.
    ASSERT_TRUE(eventually(patience, [&] { return first.sum(records) > fed; }));
    {
        instance second{s, "b"};
        ASSERT_TRUE(eventually(patience, [&] {
            first.expect_balance();
            second.expect_balance();
            return second.active == 2;
        }));
        s.feed(20, 10);
        s.expect_everything_once();
        ASSERT_TRUE(eventually(patience, [&] { return second.sum(settled) > 0; }));
        second.expect_balance();
        EXPECT_EQ(
            first.counts.books.published() + second.counts.books.published(),
            s.read("attendance").size() + s.read("activity").size()
        );
        EXPECT_EQ(first.sum(settled) + second.sum(settled), 60U);
    }
    EXPECT_GT(first.sum(returned), 0U);
    s.store("bot_x", "{", wall_clock());
    EXPECT_TRUE(eventually(patience, [&] {
        first.expect_balance();
        return first.sum(dead_letters) == 1;
    }));
    EXPECT_EQ(first.sum(records_unusable), 1U);
}

}  // namespace
}  // namespace rollcall::test
