// A server that hides its insertion times, ties them, inserts late and has its clock set: the plan
// finds every row, whatever fails on the way and whenever a successor takes over.
#include "attendee_model.hpp"
#include "providers/provider.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace rollcall::test {
namespace {

const timestamp start = *parse_rfc3339("2026-08-14T09:00:00Z");

struct chances {
    double fails = 0;        // a request: no answer, 500, 503, half a page, a refused cursor
    double store_fails = 0;  // what was read is not stored
    double kill = 0;         // a successor goes on from the state that was kept
    double state_lags = 0;   // the state is not kept in time
};

class world {
public:
    explicit world(unsigned seed) : random_{seed} {}

    bool happens(double chance) { return std::bernoulli_distribution{chance}(random_); }
    std::int64_t between(std::int64_t low, std::int64_t high)
    {
        return std::uniform_int_distribution{low, high}(random_);
    }

    // One bot with its meeting of 13 to 18 minutes.
    model_bot make_bot(const std::string& id, timestamp joins)
    {
        model_bot bot;
        bot.id = id;
        bot.visible = joins - milliseconds{1000};
        bot.inserted_us = microseconds(bot.visible);
        const auto ends = joins + std::chrono::minutes{between(13, 18)};
        bot.changes = {
            {joins - milliseconds{900}, "joining", "join_requested"},
            {joins + milliseconds{3}, "joined_recording", "recording_permission_granted"},
            {ends, "post_processing", "meeting_ended"},
            {ends + milliseconds{between(0, 20'000)}, "ended", "post_processing_completed"}};
        stepped_ = joins + milliseconds{between(120'000, 700'000)};
        fill(bot.events, "pe_", joins, ends);
        fill(bot.chat, "msg_", joins, ends);
        return bot;
    }

    milliseconds offset_at(timestamp at) const
    {
        return at < stepped_ ? milliseconds{0} : -milliseconds{1500};
    }

private:
    static std::int64_t microseconds(timestamp at) { return at.time_since_epoch().count() * 1000; }

    // Rows are inserted one after the other, each at or after its own time; some wait for seconds,
    // some share an insertion time, and once the host's clock is set back, in the midst of a crowd.
    void fill(
        std::vector<model_row>& rows, const std::string& prefix, timestamp joins, timestamp ends
    )
    {
        auto inserted = joins;
        for (auto at = joins; at < ends;) {
            inserted = std::max(inserted, at) + milliseconds{between(1, 40)};
            if (happens(0.004))
                inserted += milliseconds{between(1000, 20'000)};
            const auto us = microseconds(inserted + offset_at(inserted)) + between(0, 999);
            const auto together = happens(0.08) ? between(2, 25) : 1;
            for (auto i = std::int64_t{0}; i < together; ++i)
                add(rows, prefix, at - milliseconds{between(0, 1200)}, us, inserted);
            const bool dense =
                happens(0.75) || std::chrono::abs(at - stepped_) < milliseconds{3000};
            at += milliseconds{dense ? between(0, 400) : between(400, 40'000)};
        }
        // A bot that was declared dead goes on for a while.
        for (auto i = between(0, 3); i > 0; --i) {
            const auto late = ends + milliseconds{between(20'000, 150'000)};
            add(rows, prefix, late, microseconds(late + offset_at(late)), late);
        }
    }

    void add(
        std::vector<model_row>& rows,
        const std::string& prefix,
        timestamp at,
        std::int64_t us,
        timestamp inserted
    )
    {
        const auto stamped = std::min(at, inserted) + offset_at(inserted);
        const auto id = prefix + std::to_string(rows.size());
        rows.push_back(
            {id,
             stamped,
             us,
             inserted,
             prefix == "pe_" ? event_row(id, "join", stamped) : chat_row(id, "hi", stamped)}
        );
    }

    std::mt19937 random_;
    timestamp stepped_ = timestamp::max();
};

struct story {
    std::map<std::string, timestamp> stored;  // ids, and when first
    std::size_t rows = 0;
    int swept = 0;
    timestamp swept_at;
    bool done = false;
};

// What the poller does with a plan, without its loops.
story follow(world& any, attendee_model& server, const std::string& bot, const chances& chance)
{
    const auto& attendee = *find_provider("attendee");
    const poll_pace pace;
    story told;
    std::string kept;
    auto plan = attendee.follow(pace, bot, kept);
    auto now = start;
    for (int steps = 0; steps < 200'000; ++steps) {
        const auto step = plan->next(now);
        if (std::holds_alternative<poll_plan::done>(step)) {
            told.done = true;
            return told;
        }
        if (const auto* wait = std::get_if<poll_plan::wait>(&step)) {
            EXPECT_GT(wait->until, now);
            now = wait->until + milliseconds{any.between(0, 200)};
            continue;
        }
        now += milliseconds{any.between(5, 200)};
        server.clock_offset = any.offset_at(now);
        auto response = server.get(std::get<poll_request>(step).target, now);
        if (any.happens(chance.fails)) {
            switch (any.between(0, 4)) {
                case 0:
                    now += std::chrono::seconds{15};
                    continue;
                case 1:
                    response = {500, "text/html", response.date, "<h1>Server Error (500)</h1>"};
                    break;
                case 2:
                    response = {503, "", std::nullopt, ""};
                    break;
                case 3:
                    response.body.resize(response.body.size() / 2);
                    break;
                default:
                    response = {404, "", response.date, R"({"detail":"Invalid cursor"})"};
            }
        }
        const auto outcome = plan->on_response(response, now);
        if (outcome.result != poll_result::good) {
            EXPECT_TRUE(outcome.rows.empty());
            EXPECT_FALSE(outcome.swept);
            now += milliseconds{any.between(0, 2000)};
            continue;
        }
        if (any.happens(chance.store_fails))
            continue;
        for (const auto& row : outcome.rows) {
            EXPECT_EQ(row.key, bot);
            if (row.item != "followed_bot")
                told.stored.emplace(id_of_row(row.body), now);
            ++told.rows;
        }
        if (any.happens(chance.kill)) {
            plan = attendee.follow(pace, bot, kept);
            continue;
        }
        plan->on_stored(now);
        if (outcome.swept) {
            ++told.swept;
            told.swept_at = now;
        }
        if (!any.happens(chance.state_lags))
            kept = plan->state();
    }
    return told;
}

void expect_all_found(const model_bot& bot, const story& told)
{
    EXPECT_TRUE(told.done);
    for (const auto* rows : {&bot.events, &bot.chat})
        for (const auto& row : *rows)
            EXPECT_TRUE(told.stored.contains(row.id))
                << row.id << " " << python_time(row.inserted_us);
    EXPECT_EQ(told.stored.size(), bot.events.size() + bot.chat.size());
}

TEST(FollowingABot, FindsEveryRowWithinARound)
{
    for (unsigned seed = 1; seed <= 8; ++seed) {
        SCOPED_TRACE(seed);
        world any{seed};
        attendee_model server;
        server.bots.push_back(any.make_bot("bot_1", start));
        const auto& bot = server.bots.front();
        const auto told = follow(any, server, bot.id, {});
        expect_all_found(bot, told);
        EXPECT_EQ(told.swept, 1);
        // Each row once, besides the states of the bot.
        EXPECT_LE(told.rows, bot.events.size() + bot.chat.size() + bot.changes.size());
        for (const auto& row : bot.events) {
            if (row.visible > bot.changes.back().at)
                continue;
            const auto found = told.stored.find(row.id);
            ASSERT_NE(found, told.stored.end());
            // An interval, and the pages of two rounds; a sweep would come far too late.
            EXPECT_LT(found->second - row.visible, std::chrono::seconds{30}) << row.id;
        }
    }
}

TEST(FollowingABot, FindsEveryRowThroughFailures)
{
    for (unsigned seed = 100; seed < 106; ++seed) {
        SCOPED_TRACE(seed);
        world any{seed};
        attendee_model server;
        server.bots.push_back(any.make_bot("bot_1", start));
        const auto told = follow(any, server, "bot_1", {.fails = 0.15, .store_fails = 0.05});
        expect_all_found(server.bots.front(), told);
        EXPECT_EQ(told.swept, 1);
    }
}

TEST(FollowingABot, FindsEveryRowWhoeverGoesOn)
{
    for (unsigned seed = 200; seed < 206; ++seed) {
        SCOPED_TRACE(seed);
        world any{seed};
        attendee_model server;
        server.bots.push_back(any.make_bot("bot_1", start));
        const auto told = follow(
            any,
            server,
            "bot_1",
            {.fails = 0.1, .store_fails = 0.02, .kill = 0.02, .state_lags = 0.3}
        );
        expect_all_found(server.bots.front(), told);
        EXPECT_GE(told.swept, 1);
    }
}

// Nothing but the rows of one microsecond, at every place of a page.
TEST(FollowingABot, FindsRowsOfOneInsertionTimeAtEveryEdge)
{
    for (std::int64_t before = 0; before <= 60; ++before)
        for (const std::int64_t group : {2, 7, 24, 25}) {
            SCOPED_TRACE(std::to_string(before) + "+" + std::to_string(group));
            world any{7};
            attendee_model server;
            auto& bot = server.bots.emplace_back();
            bot.id = "bot_1";
            bot.visible = start;
            bot.changes = {{start, "ended", "fatal_error"}};
            const auto us = start.time_since_epoch().count() * 1000;
            for (std::int64_t i = 0; i < before + group + 30; ++i) {
                const auto id = "pe_" + std::to_string(i);
                const bool tied = i >= before && i < before + group;
                const auto at = us + (tied ? before : i) * 977;
                bot.events.push_back({id, start, at, start, event_row(id, "join", start)});
            }
            expect_all_found(bot, follow(any, server, "bot_1", {}));
        }
}

// A bot's list of every length, walked while bots come and go.
TEST(ListingBots, FindsEveryBotOfAWindow)
{
    for (unsigned seed = 300; seed < 304; ++seed) {
        SCOPED_TRACE(seed);
        world any{seed};
        attendee_model server;
        std::set<std::string> expected;
        for (int i = 0; i < 180; ++i) {
            auto& bot = server.bots.emplace_back();
            bot.id = "bot_" + std::to_string(i);
            const auto made = start + std::chrono::seconds{any.between(-7200, 3600)};
            const auto life = std::chrono::seconds{any.between(5, 1800)};
            bot.visible = made;
            bot.inserted_us = made.time_since_epoch().count() * 1000 + i;
            bot.changes = {
                {made, "joining", "join_requested"},
                {made + life / 3, "joined_recording", "joined_meeting"},
                {made + life, "ended", "post_processing_completed"}};
            expected.insert(bot.id);
        }
        const poll_pace pace;
        std::string kept;
        auto plan = find_provider("attendee")->list(pace, kept);
        std::set<std::string> told;
        auto now = start;
        while (now < start + std::chrono::hours{2}) {
            const auto step = plan->next(now);
            if (const auto* wait = std::get_if<poll_plan::wait>(&step)) {
                now = wait->until;
                continue;
            }
            now += milliseconds{any.between(5, 300)};
            auto response = server.get(std::get<poll_request>(step).target, now);
            if (any.happens(0.1))
                response = {500, "", std::nullopt, ""};
            const auto outcome = plan->on_response(response, now);
            if (outcome.result != poll_result::good) {
                now += milliseconds{500};
                continue;
            }
            for (const auto& row : outcome.rows)
                told.insert(row.key);
            plan->on_stored(now);
            kept = plan->state();
            if (any.happens(0.002))
                plan = find_provider("attendee")->list(pace, kept);
        }
        EXPECT_EQ(told, expected);
    }
}

}  // namespace
}  // namespace rollcall::test
