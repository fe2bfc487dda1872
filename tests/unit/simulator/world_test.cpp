#include "simulator/world.hpp"

#include "simulator/plan.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <tuple>

namespace rollcall::simulator {
namespace {

world_options asked(std::uint64_t seed)
{
    world_options options;
    options.seed = seed;
    return options;
}

auto as_tuples(const world& of)
{
    std::vector<
        std::tuple<std::size_t, happening, milliseconds, milliseconds, std::size_t, std::string>>
        all;
    all.reserve(of.facts.size());
    for (const auto& f : of.facts)
        all.emplace_back(f.meeting, f.what, f.at, f.noticed, f.participant, f.text);
    return all;
}

bool is_presence(const fact& f)
{
    return f.what == happening::joined || f.what == happening::left;
}

TEST(World, IsTheSameForTheSameSeed)
{
    EXPECT_EQ(as_tuples(make_world(asked(7))), as_tuples(make_world(asked(7))));
    EXPECT_NE(as_tuples(make_world(asked(7))), as_tuples(make_world(asked(8))));
}

class WorldOfSeed : public testing::TestWithParam<std::uint64_t> {
protected:
    const world made = make_world(asked(GetParam()));
};

TEST_P(WorldOfSeed, HasTheSizeThatWasAskedFor)
{
    std::size_t events = 0;
    for (const auto& f : made.facts)
        events += f.participant != nobody ? 1 : 0;
    EXPECT_EQ(made.meetings.size(), 20U);
    EXPECT_NEAR(static_cast<double>(events), 2000, 20);
}

TEST_P(WorldOfSeed, TellsInOrderAndNeverBeforeItHappens)
{
    milliseconds last{};
    for (const auto& f : made.facts) {
        EXPECT_GE(f.noticed, last);
        EXPECT_LE(f.at, f.noticed);
        EXPECT_LE(f.noticed - f.at, milliseconds{1000});
        last = f.noticed;
    }
}

TEST_P(WorldOfSeed, ComingsAndGoingsOfOneParticipantNeverFallTogether)
{
    std::set<std::tuple<std::size_t, std::size_t, milliseconds>> seen;
    for (const auto& f : made.facts)
        EXPECT_TRUE(!is_presence(f) || seen.emplace(f.meeting, f.participant, f.at).second);
}

TEST_P(WorldOfSeed, NobodyLeavesUnseenAndNothingHappensAfterTheEnd)
{
    std::map<std::size_t, milliseconds> ended;
    std::set<std::pair<std::size_t, std::size_t>> joined;
    for (const auto& f : made.facts) {
        if (f.what == happening::meeting_over || f.what == happening::bot_removed ||
            f.what == happening::bot_crashed || f.what == happening::bot_refused)
            ended[f.meeting] = f.at;
        if (f.participant == nobody)
            continue;
        EXPECT_FALSE(ended.contains(f.meeting));
        if (f.what == happening::joined)
            joined.emplace(f.meeting, f.participant);
        EXPECT_TRUE(joined.contains({f.meeting, f.participant}));
    }
    EXPECT_EQ(ended.size(), made.meetings.size());
}

TEST_P(WorldOfSeed, HoldsEveryCaseThatMakesARollHard)
{
    std::map<happening, int> count;
    for (const auto& f : made.facts)
        ++count[f.what];
    for (const auto what :
         {happening::bot_in_lobby,
          happening::bot_refused,
          happening::bot_crashed,
          happening::bot_leaving,
          happening::processed,
          happening::renamed,
          happening::chat_edited,
          happening::speech_stopped})
        EXPECT_GT(count[what], 0) << static_cast<int>(what);

    std::size_t still_in = 0;
    std::size_t everyone_left = 0;
    std::size_t nameless = 0;
    std::map<std::size_t, std::set<std::size_t>> meetings_of;
    for (std::size_t i = 0; i < made.meetings.size(); ++i) {
        const auto present = present_at_end(made, i).size();
        still_in += present;
        everyone_left += present == 0 ? 1 : 0;
        for (const auto& each : made.meetings[i].participants) {
            nameless += each.name ? 0 : 1;
            meetings_of[each.person].insert(i);
        }
    }
    EXPECT_GT(still_in, 0U);
    EXPECT_GT(everyone_left, 0U);
    EXPECT_GT(nameless, 0U);
    EXPECT_TRUE(std::ranges::any_of(meetings_of, [](const auto& each) {
        return each.second.size() > 1;
    }));
}

TEST_P(WorldOfSeed, TeamsKeepsAnIdAndZoomGivesANewOne)
{
    std::size_t zoom_again = 0;
    std::size_t teams_again = 0;
    for (std::size_t i = 0; i < made.meetings.size(); ++i) {
        const auto& here = made.meetings[i];
        std::set<std::string> ids;
        std::map<std::size_t, std::set<std::optional<std::string>>> accounts;
        std::map<std::size_t, int> connections;
        for (const auto& each : here.participants) {
            EXPECT_TRUE(ids.insert(each.id).second);
            accounts[each.person].insert(each.account_id);
            ++connections[each.person];
        }
        for (const auto& [person, count] : connections) {
            EXPECT_TRUE(here.where != platform::teams || count == 1);
            zoom_again += here.where == platform::zoom && count > 1 ? 1 : 0;
        }
        for (const auto& [person, known] : accounts)
            EXPECT_EQ(known.size(), 1U);
        if (here.where == platform::teams) {
            std::map<std::size_t, int> joins;
            for (const auto& f : made.facts)
                if (f.meeting == i && f.what == happening::joined && ++joins[f.participant] > 1)
                    ++teams_again;
        }
    }
    EXPECT_GT(zoom_again, 0U);
    EXPECT_GT(teams_again, 0U);
}

TEST_P(WorldOfSeed, OnZoomOnePersonSpeaksAtATime)
{
    std::map<std::size_t, int> speaking;
    for (const auto& f : made.facts) {
        if (made.meetings[f.meeting].where != platform::zoom)
            continue;
        if (f.what == happening::speech_started)
            speaking[f.meeting] = 1;
        if (f.what == happening::speech_stopped) {
            EXPECT_EQ(speaking[f.meeting]--, 1);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, WorldOfSeed, testing::Values(1, 2, 3, 42, 1'000'003));

std::vector<telling> told(std::size_t count)
{
    std::vector<telling> all(count);
    for (std::size_t i = 0; i < count; ++i) {
        all[i].fact = i;
        all[i].noticed = milliseconds{10 * i};
    }
    return all;
}

TEST(Plan, WithoutFaultsEveryEventIsSentOnceAndInOrder)
{
    faults none;
    none.delay = milliseconds{0};
    const auto made = make_plan(told(100), none, 1);
    ASSERT_EQ(made.deliveries.size(), 100U);
    for (std::size_t i = 0; i < 100; ++i)
        EXPECT_EQ(made.deliveries[i].telling, i);
}

TEST(Plan, FaultsComeAsOftenAsAskedFor)
{
    faults some;
    some.lost = 0.05;
    some.duplicated = 0.1;
    some.reordered = 0.2;
    const auto all = told(10'000);
    const auto made = make_plan(all, some, 5);
    std::size_t lost = 0;
    std::size_t copies = 0;
    std::size_t other_subscription = 0;
    std::size_t held_back = 0;
    for (const bool each : made.lost)
        lost += each ? 1 : 0;
    for (const auto& each : made.deliveries) {
        copies += each.copy;
        other_subscription += each.subscription;
        held_back += each.copy == 0 && each.due > all[each.telling].noticed + some.delay ? 1 : 0;
        EXPECT_FALSE(made.lost[each.telling]);
        EXPECT_LE(each.due, all[each.telling].noticed + milliseconds{2'000});
    }
    EXPECT_NEAR(static_cast<double>(lost), 500, 100);
    EXPECT_NEAR(static_cast<double>(copies), 950, 150);
    EXPECT_NEAR(static_cast<double>(other_subscription), 475, 100);
    EXPECT_NEAR(static_cast<double>(held_back), 1900, 200);
}

TEST(Plan, ABacklogIsSentAllAtOnce)
{
    faults stalled;
    stalled.backlog = milliseconds{300};
    const auto made = make_plan(told(100), stalled, 1);
    std::size_t in_the_stall = 0;
    std::size_t in_the_burst = 0;
    const auto begin = (made.deliveries.front().due + made.deliveries.back().due) / 2;
    for (const auto& each : made.deliveries) {
        in_the_stall +=
            each.due > begin + milliseconds{20} && each.due < begin + milliseconds{280} ? 1 : 0;
        in_the_burst +=
            each.due > begin + milliseconds{280} && each.due < begin + milliseconds{370} ? 1 : 0;
    }
    EXPECT_EQ(in_the_stall, 0U);
    EXPECT_GE(in_the_burst, 28U);
}

}  // namespace
}  // namespace rollcall::simulator
