// Events of one key: rows that a download numbers, and webhooks that differ in what they say.
#include "relay/roll.hpp"
#include "story.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

event webhook_saying(std::uint32_t content, const std::string& key = "k")
{
    auto e = make_event(kind::participant_updated, "m", "p", day_one, key);
    e.content = content;
    return e;
}

event row_numbered(std::uint32_t number, const std::string& key = "k")
{
    auto e = make_event(kind::participant_updated, "m", "p", day_one, key, way::download);
    e.number = number;
    return e;
}

// What comes of records in this order, each in a transaction of its own.
class NumberedRoll : public testing::Test {
protected:
    void come(event e)
    {
        e.received_at = now_ += 1s;
        records_.push_back({std::move(e), static_cast<std::int64_t>(records_.size())});
        plays_.commit_batch(records_, next_, records_.size(), now_);
        next_ = records_.size();
    }
    void restart()
    {
        plays_.pass_time(now_ += 10s);
        plays_.restart(now_);
        next_ = plays_.committed();
    }
    std::set<std::string> identities()
    {
        plays_.pass_time(now_ += 1min);
        std::set<std::string> all;
        for (const auto& p : plays_.out())
            EXPECT_TRUE(all.insert(p.what.identity).second) << p.what.identity << " twice";
        return all;
    }

    player plays_{roll_settings{}};
    std::vector<record> records_;
    std::size_t next_ = 0;
    timestamp now_ = day_one;
};

TEST_F(NumberedRoll, TakesTwoWebhooksOfOneKeyThatSayDifferentThingsForTwo)
{
    come(webhook_saying(7));
    come(webhook_saying(8));
    come(webhook_saying(7));  // by another endpoint of the same bot
    come(webhook_saying(8));
    EXPECT_EQ(identities(), (std::set<std::string>{"k", "k#1"}));
}

TEST_F(NumberedRoll, StillKnowsAfterARestartWhatEachOfThemSaid)
{
    come(webhook_saying(7));
    come(webhook_saying(8));
    restart();
    come(webhook_saying(8));
    come(webhook_saying(9));
    come(webhook_saying(7));
    EXPECT_EQ(identities(), (std::set<std::string>{"k", "k#1", "k#2"}));
}

TEST_F(NumberedRoll, PublishesEachOfADownloadsEqualRowsOnceHoweverOftenItIsDownloaded)
{
    for (int i = 0; i < 2; ++i) {
        come(row_numbered(0));
        come(row_numbered(1));
        restart();
    }
    EXPECT_EQ(identities(), (std::set<std::string>{"k", "k#1"}));
}

TEST_F(NumberedRoll, GivesEveryWebhookARowOfItsOwn)
{
    come(row_numbered(0));
    come(row_numbered(1));
    for (const std::uint32_t said : {7U, 8U, 7U, 9U, 8U})
        come(webhook_saying(said));
    EXPECT_EQ(identities(), (std::set<std::string>{"k", "k#1", "k#2"}));
}

TEST_F(NumberedRoll, TakesAWebhookOfWhichNothingIsKnownForTheOneThatIsOut)
{
    come(make_event(kind::participant_updated, "m", "p", day_one, "k"));  // without a digest
    come(webhook_saying(7));
    EXPECT_EQ(identities(), (std::set<std::string>{"k"}));
}

// In a mix of both ways: of each key as many as the way knows that knows more of them.
TEST(NumberedRolls, NeitherLoseNorDoubleInAnyMixOfWays)
{
    std::mt19937 dice{20261121};
    for (int world = 0; world < 400; ++world) {
        std::vector<record> records;
        std::size_t expected = 0;
        const bool restarts = world % 2 == 1;
        std::vector<std::vector<event>> queues;  // each in its order, all mixed
        for (int key = 0; key < 4; ++key) {
            const auto name = "k" + std::to_string(key);
            const auto said = dice() % 4;
            auto rows = dice() % 4;
            // What a webhook has said of a download's row is forgotten by a restart, so a download
            // that knows fewer of them counts only without one.
            if (restarts && rows != 0)
                rows = std::max(rows, said);
            expected += std::max(said, rows);
            for (std::uint32_t content = 1; content <= said; ++content)
                queues.emplace_back(1 + dice() % 3, webhook_saying(content, name));
            for (std::size_t download = 0; download < 1 + dice() % 2; ++download) {
                auto& queue = queues.emplace_back();
                for (std::uint32_t number = 0; number < rows; ++number)
                    queue.push_back(row_numbered(number, name));
                std::ranges::reverse(queue);
            }
        }
        timestamp now = day_one;
        while (!queues.empty()) {
            const auto from = dice() % queues.size();
            if (!queues[from].empty()) {
                auto e = queues[from].back();
                queues[from].pop_back();
                e.received_at = now += milliseconds{dice() % 900};
                records.push_back({std::move(e), static_cast<std::int64_t>(records.size())});
            }
            if (queues[from].empty())
                queues.erase(queues.begin() + static_cast<std::ptrdiff_t>(from));
        }
        player plays{roll_settings{}};
        for (std::size_t from = 0; from < records.size();) {
            const auto to = std::min(records.size(), from + 1 + dice() % 5);
            const auto at = records[to - 1].what.received_at;
            if (dice() % 4 == 0) {
                plays.abort_batch(records, from, to, at);
                from = plays.committed();
            }
            plays.commit_batch(records, from, to, at);
            from = to;
            if (restarts && dice() % 4 == 0) {
                plays.restart(at);
                from = plays.committed();
            }
        }
        plays.pass_time(now + 1min);
        std::set<event_id> ids;
        for (const auto& p : plays.out())
            EXPECT_TRUE(ids.insert(p.id).second) << "twice in world " << world;
        EXPECT_EQ(ids.size(), expected) << "in world " << world;
    }
}

}  // namespace
}  // namespace rollcall::test
