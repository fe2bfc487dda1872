#include "relay/download_match.hpp"

#include "told_world.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <ostream>
#include <string>

namespace rollcall {

void PrintTo(const match_result::pair& p, std::ostream* out)
{
    *out << p.webhook << '-' << p.row;
}

namespace test {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using pair = match_result::pair;

const timestamp begin{milliseconds{1'786'698'000'000}};

std::vector<told_event> told(std::vector<milliseconds> times, std::uint64_t alike = 1)
{
    std::vector<told_event> all;
    for (const auto at : times)
        all.push_back({alike, kind::participant_joined, begin + at});
    return all;
}

const match_settings two_seconds{.window = 2s};

TEST(DownloadMatch, TakesNothingForTheSameWithoutAWindow)
{
    EXPECT_THAT(match(told({0ms}), told({1ms}), {}, {}).pairs, IsEmpty());
}

// What is nearest would pair the second webhook with the first row, and double the other two.
TEST(DownloadMatch, IsTheLargestAndNotTheNearest)
{
    const match_settings how{.window = 700ms};
    EXPECT_THAT(
        match(told({0ms, 1000ms, 60s}), told({600ms, 1600ms, 60s + 600ms}), {}, how).pairs,
        UnorderedElementsAre(pair{0, 0}, pair{1, 1}, pair{2, 2})
    );
}

TEST(DownloadMatch, OfLikeEventsOnly)
{
    EXPECT_THAT(match(told({0ms}, 1), told({5ms}, 2), {}, two_seconds).pairs, IsEmpty());
}

TEST(DownloadMatch, FindsTheDistanceOfTheClocks)
{
    const auto rows = told({0ms, 7s, 19s, 40s, 77s});
    const auto webhooks = told({33s, 40s, 73s, 110s});  // the third one was lost
    const auto found = match(webhooks, rows, {}, {.window = 500ms});
    EXPECT_EQ(found.distance, 33s);
    EXPECT_THAT(found.pairs, UnorderedElementsAre(pair{0, 0}, pair{1, 1}, pair{2, 3}, pair{3, 4}));
}

// The clocks are equal: what is left over on both sides are a lost webhook and a lacking row.
TEST(DownloadMatch, ShrinksTheWindowWhereEqualTimesDominate)
{
    auto rows = told({0ms, 10s, 20s, 30s, 40s, 50s, 60s, 70s, 80s, 90s});
    auto webhooks = rows;
    for (auto* list : {&rows, &webhooks})
        for (auto& each : *list)
            each.open = false;
    rows.push_back({1, kind::participant_joined, begin + 100s});
    webhooks.push_back({1, kind::participant_joined, begin + 101s});
    EXPECT_THAT(match(webhooks, rows, {10, {}}, two_seconds).pairs, IsEmpty());
    EXPECT_THAT(match(webhooks, rows, {}, two_seconds).pairs, UnorderedElementsAre(pair{10, 10}));
}

TEST(DownloadMatch, CannotDecideWhatIsNearerThanTwiceTheDifference)
{
    const auto rows = told({0ms, 1s});
    const auto webhooks = told({-700ms});
    const auto found = match(webhooks, rows, {}, two_seconds);
    EXPECT_THAT(found.pairs, IsEmpty());
    EXPECT_GT(found.undecided, 0U);
}

TEST(DownloadMatch, DoesNotTryToTellApartWhatComesInOneHeap)
{
    std::vector<milliseconds> heap(3'000, 0ms);
    auto webhooks = told(heap);
    for (auto& each : webhooks)
        each.at += 3ms;
    EXPECT_THAT(match(webhooks, told(heap), {}, two_seconds).pairs, IsEmpty());
}

TEST(ClockDifference, IsSeenWhereWhatOnlyOneSideHasLiesAConstantDistanceApart)
{
    const auto rows = told({0ms, 7s, 19s, 40s});
    EXPECT_EQ(
        find_difference(told({1300ms, 8300ms, 20300ms}), rows, 1min), (clock_distance{1300ms, 3})
    );
    EXPECT_EQ(find_difference(told({1300ms, 12s, 33s, 50s}), rows, 1min), std::nullopt);
    EXPECT_EQ(find_difference(told({5s}), rows, 1min), std::nullopt);
}

// ---- random worlds

struct tally {
    int events = 0, lost = 0, doubled = 0, undecided = 0;
};

struct both_lists {
    std::vector<told_event> webhooks, rows;
    std::vector<std::size_t> happened[2];  // by list: which happening
    matched_before before;
};

both_lists lists_of(const std::vector<happening>& all)
{
    both_lists lists;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& one = all[i];
        const bool exact = one.webhook && one.row && one.webhook == one.row;
        lists.before.exact += exact ? 1 : 0;
        const auto alike = static_cast<std::uint64_t>(1 + one.participant * 100 + one.what);
        const auto what = static_cast<kind>(one.what);
        if (one.webhook) {
            lists.webhooks.push_back({alike, what, *one.webhook, !exact});
            lists.happened[0].push_back(i);
        }
        if (one.row) {
            lists.rows.push_back({alike, what, *one.row, !exact});
            lists.happened[1].push_back(i);
        }
    }
    return lists;
}

tally try_world(const world_of& how, milliseconds window, std::mt19937& dice)
{
    const auto all = happenings(how, dice);
    const auto lists = lists_of(all);
    const auto found = match(lists.webhooks, lists.rows, lists.before, {.window = window});
    tally sum{.events = static_cast<int>(all.size())};
    std::vector<bool> matched(all.size());
    for (const auto& [webhook, row] : found.pairs) {
        if (lists.happened[0][webhook] == lists.happened[1][row])
            matched[lists.happened[1][row]] = true;
        else
            ++sum.lost;
    }
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i].webhook && all[i].row && all[i].webhook != all[i].row && !matched[i])
            ++sum.doubled;
    sum.undecided = static_cast<int>(found.undecided);
    return sum;
}

// What somebody knows who sets the window.
enum class knows : std::uint8_t { jitter, distance, little };

struct off_by {
    double part;  // of the distance of like events: how far the times are off at most
    bool equal_clocks = true;
    knows window = knows::distance;
    int lost_percent = 30;
    int most_wrong = 0;  // of 15,000 events
};

std::string name_of(const testing::TestParamInfo<off_by>& each)
{
    const auto& how = each.param;
    return std::to_string(static_cast<int>(how.part * 100)) + "PerCent" +
           (how.equal_clocks ? "EqualClocks" : "OtherClocks") +
           (how.window == knows::jitter     ? "WindowOfTheJitter"
            : how.window == knows::distance ? "WindowOfHalfTheDistance"
                                            : "WindowOfSeconds") +
           std::to_string(how.lost_percent) + "Lost";
}
void PrintTo(const off_by& how, std::ostream* out)
{
    *out << how.part << (how.equal_clocks ? " equal clocks" : " other clocks");
}

milliseconds window_of(knows what, const world_of& how)
{
    switch (what) {
        case knows::jitter:
            return std::max(how.jitter, 1ms);
        case knows::distance:
            return how.nearest / 2;
        case knows::little:
            break;
    }
    return std::max(how.jitter * 5 / 4, milliseconds{2'000});
}

// 150 meetings.
tally try_worlds(const off_by& off)
{
    std::mt19937 dice{20261121};
    tally sum;
    for (int i = 0; i < 150; ++i) {
        world_of how;
        how.nearest = milliseconds{200 + dice() % 6'000};
        how.jitter = milliseconds{
            static_cast<std::int64_t>(off.part * static_cast<double>(how.nearest.count()))};
        how.lost_percent = off.lost_percent;
        if (!off.equal_clocks)
            how.distance = milliseconds{static_cast<std::int64_t>(dice() % 60'000) - 30'000};
        const auto one = try_world(how, window_of(off.window, how), dice);
        sum.events += one.events;
        sum.lost += one.lost;
        sum.doubled += one.doubled;
        sum.undecided += one.undecided;
    }
    return sum;
}

class RandomWorlds : public testing::TestWithParam<off_by> {};

// One row in ten is lacking.
TEST_P(RandomWorlds, LoseNothingAndDoubleNothing)
{
    const auto sum = try_worlds(GetParam());
    EXPECT_GT(sum.events, 15'000);
    EXPECT_LE(sum.lost + sum.doubled, GetParam().most_wrong)
        << sum.lost << " lost, " << sum.doubled << " doubled, " << sum.undecided << " undecided";
}

constexpr double parts[] = {0, 0.1, 0.25, 0.4, 0.49};

// Where the times are off by all that can be, and some meetings tell too little of the clocks.
constexpr int clocks_told_too_little = 4;

// Times that are off by up to half the distance of like events, and a window that is as wide as
// they are off, or as half the distance, or anything between.
std::vector<off_by> what_can_be_had()
{
    std::vector<off_by> all;
    for (const double part : parts)
        for (const auto window : {knows::jitter, knows::distance})
            for (const int lost : {0, 30})
                all.push_back({part, true, window, lost});
    for (const double part : parts)
        for (const int lost : {0, 30})
            all.push_back(
                {part,
                 false,
                 knows::distance,
                 lost,
                 part > 0.45 && lost > 0 ? clocks_told_too_little : 0}
            );
    return all;
}
INSTANTIATE_TEST_SUITE_P(AsSet, RandomWorlds, testing::ValuesIn(what_can_be_had()), name_of);

// A window that may be ten times the distance of like events, so that it has to be found out how
// far the times are off; and clocks of which there is too little to compare.
INSTANTIATE_TEST_SUITE_P(
    AsFound,
    RandomWorlds,
    testing::Values(
        off_by{0, true, knows::little},
        off_by{0, false, knows::little},
        off_by{0.25, true, knows::little},
        off_by{0.25, false, knows::little},
        off_by{0.4, true, knows::little, 30, 1},
        off_by{0.4, false, knows::little, 30, 1},
        off_by{0.4, false, knows::jitter, 30, 1},
        off_by{0.49, true, knows::little, 30, 5},
        off_by{0.49, false, knows::little, 30, 15},
        off_by{0.49, true, knows::little, 0},
        off_by{0.49, false, knows::little, 0, 8}
    ),
    name_of
);

// What no rule can decide: of two events one webhook was lost and the other's row is lacking, or
// the clocks differ by as much. Both worlds look like this.
TEST(DownloadMatch, TakesTwoThatFaceEachOtherWithinTheWindowForOne)
{
    const auto rows = told({0ms});
    const auto webhooks = told({900ms});
    EXPECT_THAT(match(webhooks, rows, {}, {.window = 1s}).pairs, UnorderedElementsAre(pair{0, 0}));
    EXPECT_THAT(match(webhooks, rows, {}, {.window = 800ms}).pairs, IsEmpty());
}

// What happens every ten seconds would fit as well if nothing was lost and the clocks differed.
TEST(DownloadMatch, TakesClocksThatMayBeEqualForEqual)
{
    const auto rows = told({0ms, 10s, 20s, 30s, 40s});
    const auto webhooks = told({10s + 5ms, 20s + 5ms, 30s + 5ms, 40s + 5ms, 50s + 5ms});
    EXPECT_THAT(
        match(webhooks, rows, {}, two_seconds).pairs,
        UnorderedElementsAre(pair{0, 1}, pair{1, 2}, pair{2, 3}, pair{3, 4})
    );
}

// A download alone, and webhooks alone, are never matched with anything.
TEST(OneWay, IsNeverMatched)
{
    std::mt19937 dice{1};
    const auto lists = lists_of(happenings({.lost_percent = 100, .lacking_percent = 0}, dice));
    const auto found = match(lists.webhooks, lists.rows, lists.before, two_seconds);
    EXPECT_THAT(found.pairs, IsEmpty());
    EXPECT_EQ(found.undecided, 0U);
}

}  // namespace
}  // namespace test
}  // namespace rollcall
