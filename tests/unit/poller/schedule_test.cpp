#include "poller/schedule.hpp"

#include "simulator/rate_limit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <vector>

namespace rollcall::test {
namespace {

constexpr timestamp noon{milliseconds{1'786'000'000'000}};
constexpr milliseconds second{1'000};
constexpr milliseconds minute{60'000};
using lane = schedule::lane;

// Waits are as long as they can be made.
schedule_pace unjittered()
{
    return {.jitter = 0};
}
double always_most()
{
    return 1.0;
}

// A schedule in virtual time, with a provider that answers as a test says.
class Schedule : public testing::Test {
protected:
    struct answer {
        verdict came_to = verdict::good;
        milliseconds takes{100};
        std::optional<milliseconds> retry_after = std::nullopt;
    };
    using provider = std::function<answer(schedule::entry)>;

    void use(schedule_pace pace, std::function<double()> chance)
    {
        plan_ = std::make_unique<schedule>(pace, std::move(chance));
    }
    // Asks every object once an interval until `until`.
    void run(timestamp until, milliseconds interval, const provider& answers)
    {
        while (now_ <= until) {
            while (const auto place = plan_->candidate(now_))
                advance(*place, answers);
            auto next = until + milliseconds{1};
            if (!flying_.empty())
                next = std::min(next, flying_.top().back_at);
            if (const auto at = plan_->wake())
                next = std::min(next, *at);
            ASSERT_TRUE(next > now_) << "the schedule would spin";
            now_ = next;
            land(interval);
        }
    }

    std::unique_ptr<schedule> plan_ = std::make_unique<schedule>(unjittered(), always_most);
    timestamp now_ = noon;
    std::map<schedule::entry, std::vector<timestamp>> sent_;
    std::map<schedule::entry, timestamp> due_;

private:
    struct flight {
        timestamp back_at;
        schedule::entry place;
        answer with;
        bool operator<(const flight& other) const { return back_at > other.back_at; }
    };

    void advance(schedule::entry place, const provider& answers)
    {
        if (const auto due = due_.find(place); due != due_.end() && due->second > now_)
            return plan_->wait(place, due->second, now_);
        plan_->begin(place, now_);
        sent_[place].push_back(now_);
        const auto with = answers(place);
        flying_.push({now_ + with.takes, place, with});
    }
    void land(milliseconds interval)
    {
        while (!flying_.empty() && flying_.top().back_at <= now_) {
            const auto [at, place, with] = flying_.top();
            flying_.pop();
            plan_->finished(place, with.came_to, now_, with.retry_after);
            if (with.came_to == verdict::good || with.came_to == verdict::stored) {
                due_[place] = sent_[place].back() + interval;
                plan_->wait(place, due_[place], now_);
            }
        }
    }

    std::priority_queue<flight> flying_;
};

std::size_t count_within(const std::vector<timestamp>& times, timestamp from, timestamp to)
{
    return static_cast<std::size_t>(std::ranges::count_if(times, [&](timestamp at) {
        return at >= from && at < to;
    }));
}

TEST_F(Schedule, AsksEachObjectOnceAnInterval)
{
    plan_->add_source(plan_->add_credential(1'000'000), 8);
    const auto one = plan_->add(0, lane::meeting, now_, milliseconds{0});
    run(noon + minute - second, 3 * second, [](auto) { return answer{}; });
    EXPECT_EQ(sent_[one].size(), 20U);
}

TEST_F(Schedule, AsksTheOneThatHasBeenDueLongestFirst)
{
    plan_->add_source(plan_->add_credential(60), 8);
    use(unjittered(), [] { return 0.999; });
    plan_->add_source(plan_->add_credential(1'000'000), 1);
    const auto third = plan_->add(0, lane::meeting, now_, milliseconds{3'000});
    const auto first = plan_->add(0, lane::meeting, now_, milliseconds{0});
    const auto second_one = plan_->add(0, lane::meeting, now_, milliseconds{1'000});
    now_ += milliseconds{5'000};
    for (const auto expected : {first, second_one, third}) {
        ASSERT_EQ(plan_->candidate(now_), expected);
        plan_->begin(expected, now_);
        EXPECT_FALSE(plan_->candidate(now_));  // one at a time
        plan_->finished(expected, verdict::good, now_);
        plan_->wait(expected, now_ + minute, now_);
    }
}

TEST_F(Schedule, SpreadsWhatCameAtOnce)
{
    std::mt19937_64 random{7};
    use({}, [&] { return std::uniform_real_distribution{0.0, 1.0}(random); });
    plan_->add_source(plan_->add_credential(1'000'000), 1'000);
    for (int n = 0; n < 10'000; ++n)
        plan_->add(0, lane::meeting, now_, 3 * second);
    run(noon + minute, 3 * second, [](auto) { return answer{.takes = milliseconds{1}}; });
    std::vector<std::size_t> in_each_tenth(600);
    for (const auto& [place, times] : sent_)
        for (const auto at : times)
            if (at < noon + minute)
                ++in_each_tenth[static_cast<std::size_t>((at - noon).count() / 100)];
    // 10,000 in 3 to 3.3 s: 303 to 333 in a tenth of a second.
    for (std::size_t n = 0; n < 600; ++n)
        EXPECT_LT(in_each_tenth[n], 430U) << n;
    for (std::size_t n = 300; n < 600; ++n)
        EXPECT_GT(in_each_tenth[n], 230U) << n;
}

TEST_F(Schedule, KeepsToTheBudgetAndSharesItAmongTheSourcesOfACredential)
{
    const auto shared = plan_->add_credential(300);
    plan_->add_source(shared, 8);
    plan_->add_source(shared, 8);
    const auto small = plan_->add(1, lane::meeting, now_, milliseconds{0});
    for (int n = 0; n < 1'000; ++n)
        plan_->add(0, lane::meeting, now_, milliseconds{0});
    run(noon + 10 * minute, 3 * second, [](auto) { return answer{}; });
    std::size_t all = 0;
    std::size_t fewest = 1'000;
    std::size_t most = 0;
    for (const auto& [place, times] : sent_) {
        all += times.size();
        if (place == small)
            continue;
        fewest = std::min(fewest, times.size());
        most = std::max(most, times.size());
    }
    EXPECT_LE(all, 3'000U);
    EXPECT_GE(all, 2'700U);
    EXPECT_GE(sent_[small].size(), 185U);  // its neighbour's thousand do not delay it
    EXPECT_LE(most - fewest, 1U);          // and among them everybody has a turn
}

// Against the strictest reading of a limit, with the requests on their way for different times.
TEST_F(Schedule, TenThousandRequestsUseTheBudgetAndProvokeNo429)
{
    constexpr std::uint32_t limit = 3'000;  // a minute: Attendee's
    constexpr std::size_t requests = 10'000;
    std::mt19937_64 random{11};
    use({}, [&] { return std::uniform_real_distribution{0.0, 1.0}(random); });
    const auto shared = plan_->add_credential(limit);
    for (const std::uint32_t source : {0U, 1U}) {
        plan_->add_source(shared, 8);
        plan_->add(source, lane::list, now_, 20 * second);
        for (int n = 0; n < 500; ++n)
            plan_->add(source, lane::meeting, now_, 3 * second);
    }
    simulator::rate_limit server{limit, minute};
    simulator::rate_limit::time arrived{};
    std::size_t answered = 0;
    std::size_t refused = 0;
    const auto answers = [&](schedule::entry) {
        const auto way = milliseconds{random() % 50};
        arrived = std::max(arrived, simulator::rate_limit::time{(now_ + way).time_since_epoch()});
        const auto wait = server.refuse(arrived);
        ++(wait ? refused : answered);
        return answer{
            .came_to = wait ? verdict::throttled : verdict::good,
            .takes = 2 * way + milliseconds{1},
            .retry_after = wait};
    };
    const auto nine_tenths = minute * requests * 10 / (9 * limit);
    run(noon + nine_tenths, 3 * second, answers);
    EXPECT_EQ(refused, 0U);
    EXPECT_GE(answered, requests);
}

TEST_F(Schedule, ListsTakeTurnsWithMeetings)
{
    plan_->add_source(plan_->add_credential(300), 8);
    const auto list = plan_->add(0, lane::list, now_, milliseconds{0});
    for (int n = 0; n < 1'000; ++n)
        plan_->add(0, lane::meeting, now_, milliseconds{0});
    // The list has page after page.
    run(noon + minute, milliseconds{0}, [](auto) { return answer{}; });
    EXPECT_GE(sent_[list].size(), 130U);
    EXPECT_LE(sent_[list].size(), 155U);
}

TEST_F(Schedule, ASlowOrFailingSourceDelaysNoOther)
{
    plan_->add_source(plan_->add_credential(6'000), 4);
    plan_->add_source(plan_->add_credential(6'000), 4);
    plan_->add_source(plan_->add_credential(6'000), 4);
    for (int n = 0; n < 100; ++n) {
        plan_->add(0, lane::meeting, now_, milliseconds{0});
        plan_->add(1, lane::meeting, now_, milliseconds{0});
    }
    const auto well = plan_->add(2, lane::meeting, now_, milliseconds{0});
    run(noon + 10 * minute, 3 * second, [&](schedule::entry place) {
        if (place == well)
            return answer{};
        return place % 2 == 0 ? answer{.takes = 15 * second} : answer{.came_to = verdict::failed};
    });
    EXPECT_EQ(sent_[well].size(), 201U);
    for (std::size_t n = 0; n < sent_[well].size(); ++n)
        EXPECT_EQ(sent_[well][n], noon + static_cast<int>(n) * 3 * second);
}

TEST_F(Schedule, AFailingObjectBacksOffAlone)
{
    plan_->add_source(plan_->add_credential(1'000'000), 8);
    const auto bad = plan_->add(0, lane::meeting, now_, milliseconds{0});
    const auto good = plan_->add(0, lane::meeting, now_, milliseconds{0});
    run(noon + 10 * minute, second, [&](schedule::entry place) {
        return answer{.came_to = place == bad ? verdict::failed : verdict::good};
    });
    EXPECT_EQ(sent_[good].size(), 601U);
    EXPECT_LE(sent_[bad].size(), 16U);  // 1, 2, 4 ... 60 s apart
    EXPECT_GE(sent_[bad].size(), 12U);
    EXPECT_FALSE(plan_->view(0, now_).failing);
}

TEST_F(Schedule, ASourceThatOnlyFailsIsProbedByOneUntilItAnswers)
{
    plan_->add_source(plan_->add_credential(1'000'000), 8);
    for (int n = 0; n < 1'000; ++n)
        plan_->add(0, lane::meeting, now_, 3 * second);
    const auto back = noon + 10 * minute;
    std::size_t failed = 0;
    const auto flaky = [&](auto) {
        if (now_ >= back)
            return answer{};
        ++failed;
        return answer{.came_to = verdict::failed};
    };
    run(back, 3 * second, flaky);
    EXPECT_TRUE(plan_->view(0, now_).failing);
    EXPECT_LE(failed, 50U);  // those in flight at first, then one each half a minute
    run(back + minute, 3 * second, flaky);
    EXPECT_FALSE(plan_->view(0, now_).failing);
    for (const auto& [place, times] : sent_)
        EXPECT_TRUE(times.back() >= back) << place;
}

TEST_F(Schedule, ADeniedSourceStopsAndIsProbedByOneEachMinute)
{
    plan_->add_source(plan_->add_credential(6'000), 8);
    plan_->add_source(plan_->add_credential(6'000), 8);
    for (int n = 0; n < 100; ++n)
        plan_->add(0, lane::meeting, now_, milliseconds{0});
    const auto other = plan_->add(1, lane::meeting, now_, milliseconds{0});
    const auto accepted = noon + 10 * minute;
    std::vector<timestamp> denied;
    run(noon + 12 * minute, 3 * second, [&](schedule::entry place) {
        if (place == other || now_ >= accepted)
            return answer{};
        denied.push_back(now_);
        return answer{.came_to = verdict::denied};
    });
    EXPECT_EQ(count_within(denied, noon, noon + second), 8U);  // those in flight
    ASSERT_EQ(denied.size(), 8U + 9U);
    for (std::size_t n = 9; n < denied.size(); ++n)
        EXPECT_GE(denied[n] - denied[n - 1], minute);
    EXPECT_FALSE(plan_->view(0, now_).denied);
    for (const auto& [place, times] : sent_)
        EXPECT_TRUE(times.back() >= accepted) << place;
    EXPECT_EQ(sent_[other].size(), 241U);
}

TEST_F(Schedule, WhatWasSentBeforeTheDenialDoesNotLiftIt)
{
    plan_->add_source(plan_->add_credential(1'000'000), 8);
    const auto one = plan_->add(0, lane::meeting, now_, milliseconds{0});
    const auto two = plan_->add(0, lane::meeting, now_, milliseconds{0});
    plan_->begin(one, now_);
    plan_->begin(two, now_);
    plan_->finished(one, verdict::denied, now_);
    plan_->finished(two, verdict::good, now_);
    EXPECT_TRUE(plan_->denied(0));
    EXPECT_FALSE(plan_->candidate(now_ + minute - milliseconds{1}));
    EXPECT_EQ(plan_->candidate(now_ + minute), two);
}

TEST_F(Schedule, ADeniedSourceStaysSoThroughOtherFailures)
{
    plan_->add_source(plan_->add_credential(6'000), 1);
    const auto only = plan_->add(0, lane::meeting, now_, milliseconds{0});
    int asked = 0;
    run(noon + 5 * minute - second, 3 * second, [&](auto) {
        return answer{.came_to = ++asked % 2 == 1 ? verdict::denied : verdict::failed};
    });
    EXPECT_TRUE(plan_->view(0, now_).denied);
    EXPECT_LE(sent_[only].size(), 5U);
}

TEST_F(Schedule, AThrottledCredentialWaitsAsLongAsItIsAsked)
{
    const auto shared = plan_->add_credential(6'000);
    plan_->add_source(shared, 8);
    plan_->add_source(shared, 8);
    plan_->add_source(plan_->add_credential(6'000), 8);
    for (int n = 0; n < 100; ++n)
        plan_->add(n % 2 == 0 ? 0U : 1U, lane::meeting, now_, milliseconds{0});
    const auto other = plan_->add(2, lane::meeting, now_, milliseconds{0});
    bool told = false;
    run(noon + minute, 3 * second, [&](schedule::entry place) {
        if (place == other || std::exchange(told, true))
            return answer{};
        return answer{.came_to = verdict::throttled, .retry_after = 30 * second};
    });
    std::size_t meanwhile = 0;
    for (const auto& [place, times] : sent_)
        if (place != other)
            meanwhile += count_within(times, noon + milliseconds{101}, noon + 30 * second);
    EXPECT_EQ(meanwhile, 0U);
    EXPECT_EQ(sent_[other].size(), 21U);
    for (const auto& [place, times] : sent_)
        EXPECT_GE(times.size(), 5U) << place;
}

TEST_F(Schedule, ThrottlingWithoutATimeBacksOffOnceForAllInFlight)
{
    plan_->add_source(plan_->add_credential(60'000), 8);
    for (int n = 0; n < 100; ++n)
        plan_->add(0, lane::meeting, now_, milliseconds{0});
    std::vector<timestamp> times;
    run(noon + milliseconds{6'500}, 3 * second, [&](auto) {
        times.push_back(now_);
        return answer{.came_to = verdict::throttled};
    });
    // Eight at once count once: 2 s, then 4 s.
    ASSERT_EQ(times.size(), 24U);
    EXPECT_EQ(times[8], noon + milliseconds{2'100});
    EXPECT_EQ(times[16], noon + milliseconds{6'200});
}

TEST_F(Schedule, WhileNothingCanBeStoredOneLooksForAll)
{
    plan_->add_source(plan_->add_credential(1'000'000), 8);
    plan_->add_source(plan_->add_credential(1'000'000), 8);
    for (int n = 0; n < 10'000; ++n)
        plan_->add(n % 2 == 0 ? 0U : 1U, lane::meeting, now_, 3 * second);
    const auto back = noon + 5 * minute;
    std::size_t failed = 0;
    const auto kafka_away = [&](schedule::entry place) {
        if (now_ >= back)
            return answer{.came_to = verdict::stored};
        if (place % 10 != 0)  // an idle meeting has nothing to store
            return answer{};
        ++failed;
        return answer{.came_to = verdict::not_stored};
    };
    run(back, 3 * second, kafka_away);
    EXPECT_TRUE(plan_->storage_closed());
    EXPECT_LE(failed, 60U);
    run(back + 2 * minute, 3 * second, kafka_away);
    EXPECT_FALSE(plan_->storage_closed());
    for (const auto& [place, times] : sent_)
        EXPECT_TRUE(times.back() >= back) << place;
}

TEST_F(Schedule, TheOneThatLooksForStorageMayBeGivenUp)
{
    plan_->add_source(plan_->add_credential(1'000'000), 8);
    const auto probe = plan_->add(0, lane::meeting, now_, milliseconds{0});
    const auto other = plan_->add(0, lane::meeting, now_, milliseconds{0});
    plan_->begin(probe, now_);
    plan_->finished(probe, verdict::not_stored, now_);
    EXPECT_FALSE(plan_->candidate(now_));
    now_ += minute;
    EXPECT_EQ(plan_->candidate(now_), probe);
    plan_->begin(probe, now_);
    EXPECT_FALSE(plan_->candidate(now_));
    plan_->remove(probe);  // while it is asked
    EXPECT_EQ(plan_->candidate(now_), other);
    plan_->finished(probe, verdict::not_stored, now_);
    EXPECT_FALSE(plan_->storage_closed());
    EXPECT_EQ(plan_->candidate(now_), other);
}

TEST_F(Schedule, ARefusedRowHoldsBackItsMeetingOnly)
{
    plan_->add_source(plan_->add_credential(1'000'000), 8);
    const auto bad = plan_->add(0, lane::meeting, now_, milliseconds{0});
    const auto good = plan_->add(0, lane::meeting, now_, milliseconds{0});
    run(noon + minute, second, [&](schedule::entry place) {
        return answer{.came_to = place == bad ? verdict::refused : verdict::stored};
    });
    EXPECT_FALSE(plan_->storage_closed());
    EXPECT_EQ(sent_[good].size(), 61U);
    EXPECT_LE(sent_[bad].size(), 7U);
}

TEST_F(Schedule, RemovesWhatWaitsAndWhatIsAsked)
{
    plan_->add_source(plan_->add_credential(1'000'000), 1);
    const auto one = plan_->add(0, lane::meeting, now_, milliseconds{0});
    const auto two = plan_->add(0, lane::meeting, now_, milliseconds{0});
    plan_->begin(one, now_);
    plan_->remove(one);
    EXPECT_FALSE(plan_->candidate(now_));  // the request is still in flight
    plan_->finished(one, verdict::lost, now_);
    EXPECT_EQ(plan_->candidate(now_), two);
    plan_->remove(two);
    EXPECT_FALSE(plan_->candidate(now_));
    EXPECT_FALSE(plan_->wake());
    const auto again = plan_->add(0, lane::meeting, now_, milliseconds{0});
    EXPECT_TRUE(again == one || again == two);
    EXPECT_EQ(plan_->candidate(now_), again);
}

TEST_F(Schedule, ExpeditesWhatWaitsButNotWhatBacksOff)
{
    plan_->add_source(plan_->add_credential(1'000'000), 8);
    const auto one = plan_->add(0, lane::meeting, now_, milliseconds{0});
    plan_->wait(one, now_ + minute, now_);
    EXPECT_EQ(plan_->wake(), now_ + minute);
    plan_->expedite(one, now_);
    ASSERT_EQ(plan_->candidate(now_), one);
    plan_->begin(one, now_);
    plan_->expedite(one, now_);
    EXPECT_FALSE(plan_->candidate(now_));
    plan_->finished(one, verdict::failed, now_);
    plan_->expedite(one, now_);
    EXPECT_FALSE(plan_->candidate(now_));
}

TEST_F(Schedule, NeverSpinsOnAPlanThatWaitsForThePast)
{
    plan_->add_source(plan_->add_credential(1'000'000), 8);
    const auto one = plan_->add(0, lane::meeting, now_, milliseconds{0});
    plan_->wait(one, now_ - minute, now_);
    EXPECT_FALSE(plan_->candidate(now_));
    EXPECT_EQ(plan_->wake(), now_ + milliseconds{1});
}

// Whatever happens in whatever order, everybody goes on being asked, and limits hold.
TEST_F(Schedule, SurvivesAnyMixtureOfTroubles)
{
    std::mt19937_64 random{42};
    use({}, [&] { return std::uniform_real_distribution{0.0, 1.0}(random); });
    const auto shared = plan_->add_credential(3'000);
    plan_->add_source(shared, 2);
    plan_->add_source(shared, 5);
    plan_->add_source(plan_->add_credential(9'000), 3);
    for (std::uint32_t n = 0; n < 60; ++n)
        plan_->add(n % 3, n < 3 ? lane::list : lane::meeting, now_, second);
    const auto calm = noon + 60 * minute;
    const auto troubles = [&](auto) {
        answer made{.takes = milliseconds{1 + random() % 2'000}};
        if (now_ >= calm)
            return made;
        made.came_to = static_cast<verdict>(random() % 8);
        if (random() % 4 == 0)
            made.retry_after = milliseconds{random() % 10'000};
        return made;
    };
    run(calm, 3 * second, troubles);
    run(calm + 5 * minute, 3 * second, troubles);
    for (const auto& [place, times] : sent_)
        EXPECT_GE(count_within(times, calm + 2 * minute, calm + 5 * minute), 10U) << place;
    for (std::uint32_t n = 0; n < 3; ++n) {
        const auto view = plan_->view(n, now_);
        EXPECT_FALSE(view.denied || view.failing || view.throttled) << n;
    }
}

}  // namespace
}  // namespace rollcall::test
