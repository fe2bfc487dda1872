#include "poller/polled_source.hpp"
#include "poller/schedule.hpp"
#include "scene.hpp"
#include "simulator/rate_limit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <queue>
#include <random>
#include <vector>

namespace rollcall::test {
namespace {

constexpr timestamp noon{milliseconds{1'786'000'000'000}};
constexpr milliseconds minute{60'000};
using lane = schedule::lane;

// Five hundred recordings, each of which goes through what a provider with two limits asks of it: a
// look for its artifact, some retrievals until it is done, a download, a mark; then it waits. The
// list goes round by itself. In virtual time, with the real schedule; the provider counts the
// strictest way and answers after some while.
class VirtualHour {
public:
    static constexpr std::array<std::uint32_t, 2> limits{60, 300};
    static constexpr std::size_t recordings = 500;
    static constexpr std::uint32_t downloads_at_once = 3;

    VirtualHour()
    {
        const auto whose = plan_.add_credential(
            limits, {.least = milliseconds{1'000}, .most = milliseconds{5'000}}
        );
        plan_.add_source(whose, 8, downloads_at_once);
        list_ = plan_.add(0, lane::list, noon, milliseconds{0});
        for (std::size_t n = 0; n < recordings; ++n)
            plan_.add(0, lane::meeting, noon, minute);
    }

    void run(milliseconds length)
    {
        for (const auto until = noon + length; now_ < until;) {
            while (const auto place = plan_.candidate(now_))
                advance(*place);
            auto next = until;
            if (!flying_.empty())
                next = std::min(next, flying_.top().back_at);
            if (const auto at = plan_.wake())
                next = std::min(next, *at);
            ASSERT_GT(next, now_) << "the schedule would spin";
            now_ = next;
            land();
        }
    }

    // From time to time the provider counts requests of somebody else too.
    bool has_a_neighbour = false;

    std::array<std::size_t, 2> answered{};
    std::array<std::size_t, 2> refused{};
    std::size_t asked_in_a_pause = 0;
    std::size_t downloads = 0;
    std::size_t most_downloads = 0;
    milliseconds longest_retrieval{0};  // from when it was due

private:
    struct recording {
        std::size_t at = 0;  // in `story`
        timestamp due{};
    };
    struct flight {
        timestamp back_at;
        schedule::entry place;
        schedule::limit against;
        std::optional<milliseconds> throttled;
        bool operator<(const flight& other) const { return back_at > other.back_at; }
    };

    static constexpr schedule::limit look = 0;
    static constexpr schedule::limit retrieve = 1;
    static constexpr std::array<schedule::limit, 6> story{
        look, retrieve, retrieve, retrieve, schedule::download, retrieve};

    void advance(schedule::entry place)
    {
        auto& what = recordings_[place];
        if (what.due > now_)
            return plan_.wait(place, what.due, now_);
        const auto against = place == list_ ? look : story[what.at];
        if (!plan_.begin(place, now_, against))
            return;
        flight made{now_, place, against, std::nullopt};
        if (against == schedule::download) {
            most_downloads = std::max(most_downloads, ++under_way_);
            ++downloads;
            made.back_at += milliseconds{200 + random_() % 2'000};
        } else {
            const auto way = milliseconds{1 + random_() % 50};
            made.throttled = ask(against, way);
            made.back_at += 2 * way;
            if (against == retrieve)
                longest_retrieval = std::max(longest_retrieval, now_ - what.due);
        }
        flying_.push(made);
    }

    // What the provider says to one that arrives after `way`.
    std::optional<milliseconds> ask(schedule::limit against, milliseconds way)
    {
        asked_in_a_pause += now_ < paused_until_;
        arrived_ = std::max(arrived_, simulator::rate_limit::time{(now_ + way).time_since_epoch()});
        if (has_a_neighbour && random_() % 4 == 0)
            server_[against].refuse(arrived_);
        const auto wait = server_[against].refuse(arrived_);
        ++(wait ? refused : answered)[against];
        return wait;
    }

    void land()
    {
        while (!flying_.empty() && flying_.top().back_at <= now_) {
            const auto back = flying_.top();
            flying_.pop();
            under_way_ -= back.against == schedule::download;
            const auto came_to = back.throttled ? verdict::throttled : verdict::good;
            if (back.throttled)
                paused_until_ = std::max(paused_until_, now_ + *back.throttled);
            plan_.finished(back.place, came_to, now_, back.throttled);
            if (came_to == verdict::good)
                go_on(back.place);
        }
    }

    void go_on(schedule::entry place)
    {
        auto& what = recordings_[place];
        what.due = now_;
        if (place == list_ || ++what.at == story.size()) {
            what.at = 0;
            what.due += place == list_ ? milliseconds{20'000} : 3 * minute;
            return plan_.wait(place, what.due, now_);
        }
        plan_.expect(place, story[what.at]);
    }

    std::mt19937_64 random_{3};
    schedule plan_{{}, [this] { return std::uniform_real_distribution{0.0, 1.0}(random_); }};
    std::array<simulator::rate_limit, 2> server_{
        simulator::rate_limit{limits[0], minute}, simulator::rate_limit{limits[1], minute}};
    timestamp now_ = noon;
    simulator::rate_limit::time arrived_{};
    timestamp paused_until_{};
    schedule::entry list_ = 0;
    std::map<schedule::entry, recording> recordings_;
    std::priority_queue<flight> flying_;
    std::size_t under_way_ = 0;
};

TEST(RateLimits, AreKeptExactlyOverAnHourWithFiveHundredRecordings)
{
    VirtualHour hour;
    hour.run(60 * minute);
    EXPECT_EQ(hour.refused[0], 0U);
    EXPECT_EQ(hour.refused[1], 0U);
    // The narrow one is used: five hundred looks, and as many again each three minutes, want more.
    EXPECT_GE(hour.answered[0], 60U * VirtualHour::limits[0] * 9 / 10);
    EXPECT_LE(hour.answered[0], 60U * VirtualHour::limits[0]);
    // What it lets through goes on against the wide one, and past both.
    EXPECT_GE(hour.answered[1], hour.answered[0] * 3);
    EXPECT_GE(hour.downloads, hour.answered[0] * 8 / 10);
    EXPECT_EQ(hour.most_downloads, VirtualHour::downloads_at_once);
    // Nobody who needs the wide one waits for the narrow one.
    EXPECT_LT(hour.longest_retrieval, milliseconds{30'000});
}

TEST(RateLimits, AreObeyedWhereSomebodyElseUsesThemToo)
{
    VirtualHour hour;
    hour.has_a_neighbour = true;
    hour.run(60 * minute);
    EXPECT_GT(hour.refused[0], 0U);
    EXPECT_EQ(hour.asked_in_a_pause, 0U);
    EXPECT_GE(hour.answered[0], 60U * VirtualHour::limits[0] / 2);
    EXPECT_GE(hour.downloads, 1'000U);
}

class SeveralLimits : public testing::Test {
protected:
    schedule plan{schedule_pace{.jitter = 0}, [] { return 1.0; }};
    timestamp now = noon;

    schedule::entry add() { return plan.add(0, lane::meeting, now, milliseconds{0}); }
};

TEST_F(SeveralLimits, OneThatIsUsedUpHoldsUpNobodyWhoNeedsAnother)
{
    constexpr std::array<std::uint32_t, 2> limits{60, 300};
    plan.add_source(plan.add_credential(limits), 100);
    const std::array<schedule::entry, 3> narrow{add(), add(), add()};
    const auto wide = add();
    ASSERT_EQ(plan.candidate(now), narrow[0]);
    ASSERT_TRUE(plan.begin(narrow[0], now, 0));
    for (const auto waits : {narrow[1], narrow[2]}) {
        ASSERT_EQ(plan.candidate(now), waits);
        ASSERT_FALSE(plan.begin(waits, now, 0));
    }
    ASSERT_EQ(plan.candidate(now), wide);
    ASSERT_TRUE(plan.begin(wide, now, 1));
    EXPECT_FALSE(plan.candidate(now));
    const auto at = plan.wake().value_or(now);
    EXPECT_GT(at, now + milliseconds{900});
    EXPECT_LT(at, now + milliseconds{1'200});
    EXPECT_EQ(plan.candidate(at), narrow[1]);
    EXPECT_TRUE(plan.begin(narrow[1], at, 0));
}

TEST_F(SeveralLimits, ADownloadNeedsNone)
{
    plan.add_source(plan.add_credential(60), 1, 2);
    const auto one = add();
    ASSERT_TRUE(plan.begin(one, now));  // the budget is used up, and so is the concurrency
    std::vector<schedule::entry> files{add(), add(), add()};
    for (const auto file : files)
        plan.expect(file, schedule::download);
    for (const auto file : {files[0], files[1]}) {
        EXPECT_EQ(plan.candidate(now), file);
        EXPECT_TRUE(plan.begin(file, now, schedule::download));
    }
    EXPECT_FALSE(plan.candidate(now));
    EXPECT_EQ(plan.view(0, now).in_flight, 3U);
    EXPECT_FALSE(plan.begin(files[2], now, schedule::download));
    plan.finished(files[0], verdict::good, now);
    ASSERT_TRUE(plan.begin(files[2], now, schedule::download));
    plan.finished(one, verdict::good, now);
    EXPECT_EQ(plan.view(0, now).in_flight, 2U);
}

TEST_F(SeveralLimits, ADownloadThatFailsSaysNothingOfTheApi)
{
    plan.add_source(plan.add_credential(6'000), 8, 2);
    const auto file = add();
    const auto other = add();
    for (int n = 0; n < 20; ++n) {
        plan.expect(file, schedule::download);
        ASSERT_TRUE(plan.begin(file, now, schedule::download));
        plan.finished(file, verdict::failed, now, milliseconds{300'000});
        EXPECT_EQ(plan.candidate(now), other);
        now += milliseconds{300'001};
    }
    const auto view = plan.view(0, now);
    EXPECT_FALSE(view.failing || view.denied || view.throttled);
}

TEST_F(SeveralLimits, AMarginIsWaitedBeyondWhatWasAsked)
{
    constexpr std::array<std::uint32_t, 1> limits{6'000};
    const auto whose =
        plan.add_credential(limits, {.least = milliseconds{1'000}, .most = milliseconds{5'000}});
    plan.add_source(whose, 8);
    const auto one = add();
    ASSERT_TRUE(plan.begin(one, now));
    plan.finished(one, verdict::throttled, now, milliseconds{7'000});
    EXPECT_EQ(plan.wake(), now + milliseconds{12'000});
}

class two_limits final : public fake_provider {
public:
    unsigned requests_a_minute() const override { return 300; }
    std::span<const unsigned> rate_limits() const override
    {
        static constexpr std::array<unsigned, 2> both{60, 300};
        return both;
    }
};

TEST(LimitsOfASource, AreTheProvidersOrInProportion)
{
    const two_limits two;
    polled_source source;
    source.from = &two;
    EXPECT_EQ(limits_of(source), (std::vector<std::uint32_t>{60, 300}));
    source.requests_a_minute = 150;
    EXPECT_EQ(limits_of(source), (std::vector<std::uint32_t>{30, 150}));
    source.requests_a_minute = 2;
    EXPECT_EQ(limits_of(source), (std::vector<std::uint32_t>{1, 2}));
    const fake_provider one;
    source.from = &one;
    EXPECT_EQ(limits_of(source), std::vector<std::uint32_t>{2});
    source.requests_a_minute = 0;
    EXPECT_EQ(limits_of(source), std::vector<std::uint32_t>{1'000'000});
}

}  // namespace
}  // namespace rollcall::test
