#include "simulator/storing.hpp"

#include "simulator/attendee.hpp"
#include "simulator/performance.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace rollcall::simulator {
namespace {

using namespace std::chrono_literals;

const timeline in_time{instant{std::chrono::seconds{1'786'698'000}}, 1};

performance prepared(const faults& wanted)
{
    const attendee provider{"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="};
    world_options options;
    options.seed = 11;
    return prepare(options, provider, in_time, wanted);
}

bool about_people(const performance& what, const telling& each)
{
    return what.of.facts[each.fact].participant != nobody;
}

/// What is told of people, by meeting, in the order it was noticed.
std::map<std::string, std::vector<const telling*>> rows_of(const performance& what)
{
    std::map<std::string, std::vector<const telling*>> rows;
    for (const auto& each : what.told)
        if (about_people(what, each))
            rows[each.meeting_id].push_back(&each);
    return rows;
}

TEST(Storing, FollowsTheNoticingWithinMillisecondsWhileAllIsWell)
{
    const auto what = prepared({});
    for (const auto& each : what.told) {
        EXPECT_GT(each.stored, each.noticed);
        EXPECT_LE(each.stored - each.noticed, 100ms);
        EXPECT_GE(each.inserted, in_time.at(each.noticed));
    }
    for (const auto& [meeting, rows] : rows_of(what))
        for (std::size_t i = 1; i < rows.size(); ++i) {
            EXPECT_LE(rows[i - 1]->stored, rows[i]->stored);
            EXPECT_LT(rows[i - 1]->inserted, rows[i]->inserted);
        }
}

TEST(Storing, ALateRowHoldsUpThoseBehindIt)
{
    faults wanted;
    wanted.late = 0.02;
    const auto what = prepared(wanted);
    std::size_t late = 0;
    for (const auto& [meeting, rows] : rows_of(what))
        for (std::size_t i = 1; i < rows.size(); ++i) {
            late += rows[i]->stored - rows[i]->noticed >= 1s ? 1 : 0;
            EXPECT_LE(rows[i - 1]->stored, rows[i]->stored);
            EXPECT_LT(rows[i - 1]->inserted, rows[i]->inserted);
            const auto gap = rows[i]->inserted - in_time.at(rows[i]->stored);
            EXPECT_TRUE(gap >= 0us && gap < 2ms) << gap.count();
        }
    EXPECT_GT(late, 20U);
}

TEST(Storing, NoWebhookIsSentBeforeItsRowIsThere)
{
    faults wanted;
    wanted.late = 0.05;
    wanted.tied = 0.05;
    wanted.duplicated = 0.2;
    const auto what = prepared(wanted);
    for (const auto& each : what.planned.deliveries)
        EXPECT_GE(each.due, what.told[each.telling].stored);
}

TEST(Storing, GroupsOfOneInsertionTimeHoldUpToAPage)
{
    faults wanted;
    wanted.tied = 0.1;
    wanted.tie_span = 10s;
    const auto what = prepared(wanted);
    std::size_t largest = 0;
    for (const auto& [meeting, rows] : rows_of(what)) {
        std::map<stamp, std::size_t> groups;
        for (const auto* each : rows)
            largest = std::max(largest, ++groups[each->inserted]);
    }
    EXPECT_GT(largest, 10U);
    EXPECT_LE(largest, 25U);
}

TEST(Storing, AClockThatIsSetBackStampsEarlierAndComingsKeepTimesOfTheirOwn)
{
    faults wanted;
    wanted.clock_back = 1'500ms;
    const auto plain = prepared({});
    const auto what = prepared(wanted);
    std::map<std::pair<std::string, std::string>, std::set<instant>> presence;
    std::size_t overtaken = 0;
    for (const auto& [meeting, rows] : rows_of(what))
        for (std::size_t i = 1; i < rows.size(); ++i)
            overtaken += rows[i]->inserted < rows[i - 1]->inserted ? 1 : 0;
    EXPECT_GT(overtaken, 3U);
    for (std::size_t i = 0; i < what.told.size(); ++i) {
        const auto& each = what.told[i];
        EXPECT_EQ(each.stored, plain.told[i].stored);
        const auto back = plain.told[i].inserted - each.inserted;
        EXPECT_TRUE(each.stored < what.clock.at ? back == 0us : back >= 1'490ms) << i;
        const auto happened = what.of.facts[each.fact].what;
        if (happened == happening::joined || happened == happening::left) {
            const auto who = std::pair{each.meeting_id, each.expected->who->id};
            EXPECT_TRUE(presence[who].insert(each.expected->occurred_at).second);
        }
    }
}

}  // namespace
}  // namespace rollcall::simulator
