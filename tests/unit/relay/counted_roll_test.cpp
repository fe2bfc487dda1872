// A provider that gives a join or a leave no id: which one it is, is told by what lies between
// them.
#include "story.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

event peer_event(kind what, const std::string& session, const std::string& peer, timestamp at)
{
    auto made = make_event(
        what, session, peer, at, session + ':' + peer + ':' + std::string{to_string(what)}
    );
    made.counts_occurrences = true;
    return made;
}

// Peers that come and go several times; not everyone leaves. Whole milliseconds of their own, so
// that the order is told by the time alone.
std::vector<event> random_session(std::mt19937& dice, const std::string& id, milliseconds length)
{
    std::vector<event> events{
        make_event(kind::meeting_started, id, "", day_one, id + ":started"),
        make_event(kind::meeting_ended, id, "", day_one + length, id + ":ended")};
    for (int p = 0; p < 3; ++p) {
        std::set<unsigned> moments;
        const auto changes = 1 + dice() % 7;
        while (moments.size() < changes)
            moments.insert(
                1 + static_cast<unsigned>(dice()) % (static_cast<unsigned>(length.count()) - 1)
            );
        bool in = false;
        for (const auto moment : moments) {
            in = !in;
            events.push_back(peer_event(
                in ? kind::participant_joined : kind::participant_left,
                id,
                "peer" + std::to_string(p),
                day_one + milliseconds{moment}
            ));
        }
    }
    return events;
}

// In any order, received one after the other within `span`, some of them twice.
std::vector<record> arrive(std::vector<event> events, std::mt19937& dice, milliseconds span)
{
    const auto once = events.size();
    for (std::size_t i = 0; i < once / 2; ++i)
        events.push_back(events[dice() % once]);
    std::ranges::shuffle(events, dice);
    std::vector<record> records;
    for (auto& e : events) {
        const auto n = static_cast<std::int64_t>(records.size());
        e.received_at = day_one + n * span / static_cast<std::int64_t>(events.size());
        records.push_back({std::move(e), n});
    }
    return records;
}

std::vector<record> in_this_order(std::vector<event> events)
{
    std::vector<record> records;
    records.reserve(events.size());
    for (auto& e : events)
        records.push_back({std::move(e), static_cast<std::int64_t>(records.size())});
    return records;
}

// As they happened, but each up to `delay` later, so that some overtake others; some of them twice.
std::vector<record> arrive_late(std::vector<event> events, std::mt19937& dice, milliseconds delay)
{
    const auto once = events.size();
    for (std::size_t i = 0; i < once / 2; ++i)
        events.push_back(events[dice() % once]);
    for (auto& e : events)
        e.received_at = e.occurred_at + milliseconds{dice() % static_cast<unsigned>(delay.count())};
    std::ranges::stable_sort(events, {}, &event::received_at);
    return in_this_order(std::move(events));
}

published play(const std::vector<record>& records, roll_settings how)
{
    player plays{how};
    for (std::size_t i = 0; i < records.size(); ++i)
        plays.commit_batch(records, i, i + 1, records[i].what.received_at);
    plays.pass_time(day_one + 1h);
    plays.pass_time(day_one + 1h);
    return plays.out();
}

// What was told, without derived leaves and settlings: one line each, sorted.
template <class Events>
std::vector<std::string> told(const Events& events)
{
    std::vector<std::string> lines;
    for (const auto& each : events) {
        const event& e = [&]() -> const event& {
            if constexpr (requires { each.what.identity; })
                return each.what;
            else
                return each;
        }();
        if (e.via != way::derived)
            lines.push_back(
                e.meeting.id + ' ' + std::string{to_string(e.kind)} + ' ' +
                (e.participant ? e.participant->id : "-") + ' ' + to_rfc3339(e.occurred_at)
            );
    }
    std::ranges::sort(lines);
    return lines;
}

TEST(CountedRoll, AnyOrderWithinTheHoldGivesTheSameMessages)
{
    for (unsigned seed = 0; seed < 60; ++seed) {
        std::mt19937 dice{seed};
        const auto events = random_session(dice, "s1", 1900ms);
        const auto expected = essence(play(arrive(events, dice, 1900ms), {}));
        for (int again = 0; again < 5; ++again)
            ASSERT_EQ(essence(play(arrive(events, dice, 1900ms), {})), expected) << "seed " << seed;
    }
}

class CountedRollInEveryMode : public testing::TestWithParam<ordering> {};

TEST_P(CountedRollInEveryMode, WhatOvertakesWithinTheHoldGoesOutOnceAndNothingIsMissing)
{
    for (unsigned seed = 0; seed < 100; ++seed) {
        std::mt19937 dice{seed};
        const auto events = random_session(dice, "s1", 20s);
        const auto out = play(arrive_late(events, dice, 1900ms), {.mode = GetParam()});
        ASSERT_EQ(told(out), told(events)) << "seed " << seed;
        std::set<event_id> ids;
        for (const auto& p : out)
            EXPECT_TRUE(ids.insert(p.id).second);
    }
}

TEST_P(CountedRollInEveryMode, TheNumbersAreThoseOfTheStays)
{
    std::mt19937 dice{5};
    const auto events = random_session(dice, "s1", 20s);
    auto in_order = events;
    std::ranges::stable_sort(in_order, {}, &event::occurred_at);
    const auto records = in_this_order(std::move(in_order));
    std::map<std::pair<kind, std::string>, int> seen;
    for (const auto& p : play(records, {.mode = GetParam()}))
        if (p.what.counts_occurrences && p.what.participant) {
            const int number = ++seen[{p.what.kind, p.what.participant->id}];
            EXPECT_EQ(p.occurrence, number);
            EXPECT_TRUE(p.what.identity.ends_with(':' + std::to_string(number)));
        }
}

// The same records with aborts in between, each of which reads some of them again.
published play_with_aborts(
    const std::vector<record>& records, const roll_settings& how, std::mt19937& dice
)
{
    player plays{how};
    for (std::size_t i = 0; i < records.size();) {
        if (dice() % 4 == 0) {
            const auto to = std::min(records.size(), i + 1 + dice() % 5);
            plays.abort_batch(records, i, to, records[to - 1].what.received_at);
            i = plays.committed();
        }
        plays.commit_batch(records, i, i + 1, records[i].what.received_at);
        ++i;
    }
    plays.pass_time(day_one + 1h);
    plays.pass_time(day_one + 1h);
    return plays.out();
}

// The same records with restarts in between, also when all of them have been read.
published play_with_restarts(
    const std::vector<record>& records, const roll_settings& how, std::mt19937& dice
)
{
    player plays{how};
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (dice() % 5 == 0) {
            plays.restart(records[i].what.received_at);
            i = plays.committed();
        }
        plays.commit_batch(records, i, i + 1, records[i].what.received_at);
    }
    plays.pass_time(day_one + 1h);
    plays.restart(day_one + 1h);
    for (std::size_t i = plays.committed(); i < records.size(); ++i)
        plays.commit_batch(records, i, i + 1, day_one + 1h);
    plays.pass_time(day_one + 1h);
    return plays.out();
}

TEST_P(CountedRollInEveryMode, AbortAndReplayChangeNothing)
{
    for (unsigned seed = 0; seed < 60; ++seed) {
        std::mt19937 dice{seed};
        const auto records = arrive_late(random_session(dice, "s1", 20s), dice, 1900ms);
        const roll_settings how{.mode = GetParam(), .settle_after = 5s};
        const auto expected = essence(play(records, how));
        ASSERT_EQ(essence(play_with_aborts(records, how, dice)), expected) << "seed " << seed;
    }
}

TEST_P(CountedRollInEveryMode, ARestartAtAnyPointChangesNothing)
{
    for (unsigned seed = 0; seed < 60; ++seed) {
        std::mt19937 dice{seed};
        const auto records = arrive_late(random_session(dice, "s1", 20s), dice, 1900ms);
        const roll_settings how{.mode = GetParam(), .settle_after = 5s};
        const auto expected = essence(play(records, how));
        ASSERT_EQ(essence(play_with_restarts(records, how, dice)), expected) << "seed " << seed;
    }
}

// What comes much later than the hold may have been dropped as told again before what tells the two
// apart was there; when the record is read again afterwards, it is another one. So more may go out,
// but nothing twice and nothing that was not told.
TEST_P(CountedRollInEveryMode, NothingGoesOutTwiceHoweverLateItComesAndHoweverOftenItIsReadAgain)
{
    for (unsigned seed = 0; seed < 60; ++seed) {
        std::mt19937 dice{seed};
        const auto events = random_session(dice, "s1", 20s);
        const auto records = arrive(events, dice, 25s);
        const roll_settings how{.mode = GetParam(), .settle_after = 5s};
        const auto all = told(events);
        for (const auto& out :
             {play(records, how),
              play_with_aborts(records, how, dice),
              play_with_restarts(records, how, dice)}) {
            std::set<event_id> ids;
            for (const auto& p : out)
                EXPECT_TRUE(ids.insert(p.id).second) << "seed " << seed;
            EXPECT_TRUE(std::ranges::includes(all, told(out))) << "seed " << seed;
        }
    }
}

TEST_P(CountedRollInEveryMode, TheLedgerKnowsWhatARestoreWouldKnow)
{
    for (unsigned seed = 0; seed < 40; ++seed) {
        std::mt19937 dice{seed};
        const auto records = arrive(random_session(dice, "s1", 20s), dice, 25s);
        player plays{{.mode = GetParam(), .settle_after = 5s}};
        for (std::size_t i = 0; i < records.size(); ++i) {
            if (dice() % 3 == 0)
                plays.abort_batch(records, i, i + 1, records[i].what.received_at);
            for (auto j = plays.committed(); j <= i; ++j)
                plays.commit_batch(records, j, j + 1, records[i].what.received_at);
            ASSERT_EQ(
                read_ledger_back(plays.out(), timestamp{}, dice)->describe(),
                plays.rolls().known().describe()
            ) << "seed "
              << seed;
        }
    }
}

std::string name_of(const testing::TestParamInfo<ordering>& test)
{
    constexpr const char* names[] = {"EventTime", "Causal", "Arrival"};
    return names[static_cast<std::size_t>(test.param)];
}
const ordering modes[] = {ordering::event_time, ordering::causal, ordering::arrival};
INSTANTIATE_TEST_SUITE_P(Modes, CountedRollInEveryMode, testing::ValuesIn(modes), name_of);

// Reads records in the order given, a second apart unless they say otherwise.
std::vector<std::string> outcome(std::vector<event> events, roll_settings how = {})
{
    const auto records = in_this_order(std::move(events));
    std::vector<std::string> lines;
    for (const auto& p : play(records, how))
        if (p.what.via != way::derived)
            lines.push_back(
                std::string{to_string(p.what.kind)} + ' ' +
                std::to_string((p.what.occurred_at - day_one) / 1s) + " #" +
                std::to_string(p.occurrence) + (p.late ? " late" : "")
            );
    return lines;
}

event change(kind what, int second, int received)
{
    auto made = peer_event(what, "s1", "peer", day_one + std::chrono::seconds{second});
    made.received_at = day_one + std::chrono::seconds{received};
    return made;
}
constexpr auto joined = kind::participant_joined;
constexpr auto left = kind::participant_left;

TEST(CountedRoll, AJoinRepeatedAfterTheLeaveOpensNothing)
{
    EXPECT_THAT(
        outcome({change(joined, 1, 1), change(left, 5, 5), change(joined, 1, 20)}),
        ElementsAre("participant.joined 1 #1", "participant.left 5 #1")
    );
}

TEST(CountedRoll, EveryLaterStayIsCountedByWebhooksAlone)
{
    EXPECT_THAT(
        outcome(
            {change(joined, 1, 1),
             change(left, 5, 5),
             change(joined, 10, 10),
             change(left, 15, 15),
             change(joined, 20, 20)}
        ),
        ElementsAre(
            "participant.joined 1 #1",
            "participant.left 5 #1",
            "participant.joined 10 #2",
            "participant.left 15 #2",
            "participant.joined 20 #3"
        )
    );
}

TEST(CountedRoll, WithoutTheLeaveBetweenASecondJoinIsARepeat)
{
    EXPECT_THAT(
        outcome({change(joined, 1, 1), change(joined, 10, 10), change(left, 15, 15)}),
        ElementsAre("participant.joined 1 #1", "participant.left 15 #1")
    );
}

TEST(CountedRoll, ALeaveThatComesLaterThanTheHoldIsCountedWhereItBelongs)
{
    EXPECT_THAT(
        outcome({change(joined, 10, 10), change(left, 5, 20), change(left, 15, 30)}),
        ElementsAre(
            "participant.joined 10 #1", "participant.left 5 #1 late", "participant.left 15 #2"
        )
    );
}

TEST(CountedRoll, InOrderOfArrivalARepeatWaitsForTheLeaveThatMayBeOnItsWay)
{
    auto second = change(joined, 10, 10);
    auto between = change(left, 5, 11);
    EXPECT_THAT(
        outcome({change(joined, 1, 1), second, between}, {.mode = ordering::arrival}),
        ElementsAre("participant.joined 1 #1", "participant.left 5 #1", "participant.joined 10 #2")
    );
}

TEST(CountedRoll, OfASettledMeetingNothingGoesOutTwiceThoughTheDetailsAreGone)
{
    auto end = make_event(kind::meeting_ended, "s1", "", day_one + 20s, "s1:ended");
    end.received_at = day_one + 20s;
    const auto once = outcome(
        {change(left, 5, 5), change(joined, 10, 10), change(left, 15, 15), end},
        {.settle_after = 5s}
    );
    EXPECT_EQ(
        outcome(
            {change(left, 5, 5),
             change(joined, 10, 10),
             change(left, 15, 15),
             end,
             change(left, 15, 100),
             change(joined, 10, 110),
             change(left, 5, 120)},
            {.settle_after = 5s}
        ),
        once
    );
}

TEST(CountedRoll, WhatIsDroppedAtItsTurnIsTold)
{
    roll rolls{{}, std::make_unique<ledger>()};
    std::vector<publication> out;
    rolls.begin(day_one);
    const auto offer = [&](event e, std::int64_t offset) {
        rolls.advance(e.received_at, out);
        return rolls.offer(std::move(e), offset, out).what;
    };
    EXPECT_EQ(offer(change(joined, 1, 1), 0), decision::outcome::held);
    EXPECT_EQ(offer(change(joined, 3, 10), 1), decision::outcome::held);
    EXPECT_TRUE(rolls.take_late_duplicates().empty());
    EXPECT_EQ(offer(change(left, 15, 15), 2), decision::outcome::held);
    const auto dropped = rolls.take_late_duplicates();
    ASSERT_EQ(dropped.size(), 1U);
    EXPECT_EQ(dropped[0].offset, 1);
    EXPECT_EQ(rolls.oldest_held(), 2);
    EXPECT_TRUE(rolls.take_late_duplicates().empty());
}

}  // namespace
}  // namespace rollcall::test
