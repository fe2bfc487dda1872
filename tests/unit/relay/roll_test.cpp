#include "relay/roll.hpp"

#include "story.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

std::vector<std::string> kinds_of(const published& out)
{
    std::vector<std::string> names;
    for (const auto& p : out)
        names.emplace_back(
            std::string{to_string(p.what.kind)} +
            (p.what.participant ? ":" + p.what.participant->id : "")
        );
    return names;
}

// A meeting with a random course: people come, go and come again, speak; it starts and ends, told
// by two signs each.
std::vector<event> random_meeting(std::mt19937& dice, const std::string& id, milliseconds length)
{
    const auto moment = [&] {
        return day_one + milliseconds{dice() % static_cast<unsigned>(length.count())};
    };
    std::vector<event> events;
    int n = 0;
    const auto add = [&](kind what, std::string who, timestamp at, std::string identity) {
        events.push_back(make_event(what, id, std::move(who), at, std::move(identity)));
    };
    for (int sign = 0; sign < 2; ++sign) {
        add(kind::meeting_started, "", moment(), id + ":started");
        add(kind::meeting_ended, "", moment(), id + ":ended");
    }
    for (int i = 0; i < 24; ++i) {
        constexpr kind some[] = {
            kind::participant_joined,
            kind::participant_left,
            kind::participant_joined,
            kind::participant_left,
            kind::participant_speech_started,
            kind::participant_chat};
        add(some[dice() % 6],
            "p" + std::to_string(dice() % 4),
            moment(),
            id + ":e" + std::to_string(n++));
    }
    return events;
}

// The events in the given order, received one after the other within `span`, with duplicates of
// some.
std::vector<record> arrive(std::vector<event> events, std::mt19937& dice, milliseconds span)
{
    const auto once = events.size();
    for (std::size_t i = 0; i < once / 4; ++i)
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

published play(const std::vector<record>& records, roll_settings how)
{
    player plays{how};
    for (std::size_t i = 0; i < records.size(); ++i)
        plays.commit_batch(records, i, i + 1, records[i].what.received_at);
    plays.pass_time(day_one + 1h);
    plays.pass_time(day_one + 1h);
    return plays.out();
}

TEST(Roll, AnyPermutationAndDuplicationWithinTheHoldGivesTheSameMessages)
{
    for (unsigned seed = 0; seed < 40; ++seed) {
        std::mt19937 dice{seed};
        auto events = random_meeting(dice, "bot_1", 1900ms);
        std::ranges::move(random_meeting(dice, "bot_2", 1900ms), std::back_inserter(events));
        const auto expected = essence(play(arrive(events, dice, 1900ms), {}));
        for (int again = 0; again < 5; ++again) {
            const auto got = essence(play(arrive(events, dice, 1900ms), {}));
            ASSERT_EQ(got, expected) << "seed " << seed;
        }
    }
}

TEST(Roll, EventTimeIsSortedPerMeetingAndNothingIsLateWithinTheHold)
{
    std::mt19937 dice{3};
    auto events = random_meeting(dice, "bot_1", 1900ms);
    const auto out = play(arrive(events, dice, 1900ms), {});
    ASSERT_FALSE(out.empty());
    for (std::size_t i = 0; i < out.size() && out[i].what.via != way::derived; ++i) {
        EXPECT_FALSE(out[i].late);
        EXPECT_LE(out[i > 0 ? i - 1 : 0].what.occurred_at, out[i].what.occurred_at);
    }
}

class RollInEveryMode : public testing::TestWithParam<ordering> {};

TEST_P(RollInEveryMode, AbortAndReplayChangeNothing)
{
    for (unsigned seed = 0; seed < 30; ++seed) {
        std::mt19937 dice{seed};
        auto events = random_meeting(dice, "bot_1", 20s);
        std::ranges::move(random_meeting(dice, "bot_2", 20s), std::back_inserter(events));
        const auto records = arrive(events, dice, 25s);
        const roll_settings how{.mode = GetParam(), .settle_after = 5s};
        const auto expected = essence(play(records, how));

        player plays{how};
        for (std::size_t i = 0; i < records.size();) {
            if (dice() % 4 == 0) {
                const auto to = std::min(records.size(), i + 1 + dice() % 5);
                plays.abort_batch(records, i, to, records[to - 1].what.received_at);
                i = plays.committed();
                // What had been read and committed before the abort is read again, up to where it
                // was.
            }
            plays.commit_batch(records, i, i + 1, records[i].what.received_at);
            ++i;
        }
        plays.pass_time(day_one + 1h);
        plays.pass_time(day_one + 1h);
        ASSERT_EQ(essence(plays.out()), expected) << "seed " << seed;
    }
}

TEST_P(RollInEveryMode, ARestartAtAnyPointChangesNothing)
{
    for (unsigned seed = 0; seed < 30; ++seed) {
        std::mt19937 dice{seed};
        const auto records = arrive(random_meeting(dice, "bot_1", 20s), dice, 25s);
        const roll_settings how{.mode = GetParam(), .settle_after = 5s};
        const auto expected = essence(play(records, how));

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
        ASSERT_EQ(essence(plays.out()), expected) << "seed " << seed;
    }
}

TEST_P(RollInEveryMode, NoIdentityGoesOutTwiceAndSequencesHaveNoGaps)
{
    std::mt19937 dice{11};
    const auto records = arrive(random_meeting(dice, "bot_1", 60s), dice, 70s);
    const auto out = play(records, {.mode = GetParam(), .settle_after = 5s});
    std::set<event_id> ids;
    std::array<std::uint64_t, channels> next{1, 1};
    for (const auto& p : out) {
        EXPECT_TRUE(ids.insert(p.id).second);
        EXPECT_EQ(p.sequence, next[static_cast<std::size_t>(channel_of(p.what.kind))]++);
    }
    EXPECT_EQ(
        std::ranges::count(out, kind::meeting_settled, [](const auto& p) { return p.what.kind; }), 1
    );
}

std::string name_of(const testing::TestParamInfo<ordering>& test)
{
    constexpr const char* names[] = {"EventTime", "Causal", "Arrival"};
    return names[static_cast<std::size_t>(test.param)];
}
const ordering modes[] = {ordering::event_time, ordering::causal, ordering::arrival};
INSTANTIATE_TEST_SUITE_P(Modes, RollInEveryMode, testing::ValuesIn(modes), name_of);

// Two events of one meeting, in arrival order.
std::vector<record> two(event first, event second, milliseconds apart)
{
    second.received_at = first.received_at + apart;
    return {{std::move(first), 0}, {std::move(second), 1}};
}

TEST(Roll, CausalHoldsALeftUntilItsJoinedIsSeen)
{
    auto left = make_event(kind::participant_left, "bot_1", "p1", day_one + 500ms, "l");
    auto joined = make_event(kind::participant_joined, "bot_1", "p1", day_one, "j");
    const auto records = two(left, joined, 100ms);
    player plays{{.mode = ordering::causal}};
    plays.commit_batch(records, 0, 1, day_one + 500ms);
    EXPECT_TRUE(plays.out().empty());
    EXPECT_EQ(plays.committed(), 0U);
    plays.commit_batch(records, 1, 2, day_one + 600ms);
    EXPECT_THAT(kinds_of(plays.out()), ElementsAre("participant.joined:p1", "participant.left:p1"));
    EXPECT_EQ(plays.committed(), 2U);
}

TEST(Roll, CausalLetsALeftGoAloneAfterTheHold)
{
    const std::vector<record> records{
        {make_event(kind::participant_left, "bot_1", "p1", day_one, "l"), 0}};
    player plays{{.mode = ordering::causal}};
    plays.commit_batch(records, 0, 1, day_one);
    plays.pass_time(day_one + 1999ms);
    EXPECT_TRUE(plays.out().empty());
    plays.pass_time(day_one + 2s);
    EXPECT_THAT(kinds_of(plays.out()), ElementsAre("participant.left:p1"));
}

TEST(Roll, CausalLetsWhatNeedsNoOneGoAtOnce)
{
    std::vector<record> records{
        {make_event(kind::participant_speech_started, "bot_1", "p1", day_one, "s"), 0},
        {make_event(kind::participant_joined, "bot_1", "p2", day_one, "j"), 1},
        {make_event(kind::participant_left, "bot_1", "p2", day_one + 1s, "l"), 2}};
    player plays{{.mode = ordering::causal}};
    plays.commit_batch(records, 0, 3, day_one);
    EXPECT_EQ(plays.out().size(), 3U);
}

TEST(Roll, TheHoldIsCountedInTheIntakesOwnTime)
{
    auto first = make_event(kind::participant_joined, "bot_1", "p1", day_one, "a");
    auto second = make_event(kind::participant_joined, "bot_1", "p2", day_one + 3s, "b");
    const auto records = two(first, second, 3s);
    player plays{{}};
    // A backlog: the clock is hours ahead of the records, and the end has not been reached.
    plays.commit_batch(records, 0, 1, day_one + 5h);
    EXPECT_TRUE(plays.out().empty());
    plays.commit_batch(records, 1, 2, day_one + 5h);
    EXPECT_THAT(kinds_of(plays.out()), ElementsAre("participant.joined:p1"));
    plays.pass_time(day_one + 5h);
    EXPECT_EQ(plays.out().size(), 2U);
}

TEST(Roll, WhatComesAfterTheHoldOfItsSuccessorIsPublishedAndMarkedLate)
{
    auto newer = make_event(kind::participant_joined, "bot_1", "p1", day_one + 10s, "new");
    auto older = make_event(kind::participant_joined, "bot_1", "p2", day_one, "old");
    const auto records = two(newer, older, 3s);
    player plays{{}};
    plays.commit_batch(records, 0, 1, day_one + 10s);
    plays.commit_batch(records, 1, 2, day_one + 13s);
    plays.pass_time(day_one + 1min);
    ASSERT_EQ(plays.out().size(), 2U);
    EXPECT_FALSE(plays.out()[0].late);
    EXPECT_TRUE(plays.out()[1].late);
}

TEST(Roll, LateIsToldAcrossTheTwoTopics)
{
    auto chat = make_event(kind::participant_chat, "bot_1", "p1", day_one + 10s, "c");
    auto joined = make_event(kind::participant_joined, "bot_1", "p1", day_one, "j");
    const auto records = two(chat, joined, 1s);
    player plays{{.mode = ordering::arrival}};
    plays.commit_batch(records, 0, 2, day_one + 11s);
    ASSERT_EQ(plays.out().size(), 2U);
    EXPECT_TRUE(plays.out()[1].late);
    EXPECT_EQ(plays.out()[1].sequence, 1U);
}

TEST(Roll, EqualTimesGoStartedJoinedOthersLeftEnded)
{
    std::vector<record> records;
    for (const auto what :
         {kind::meeting_ended,
          kind::participant_left,
          kind::participant_chat,
          kind::participant_joined,
          kind::meeting_started}) {
        const auto n = static_cast<std::int64_t>(records.size());
        const bool person = what < kind::meeting_started;
        records.push_back(
            {make_event(what, "bot_1", person ? "p1" : "", day_one, std::string{to_string(what)}),
             n}
        );
    }
    player plays{{}};
    plays.commit_batch(records, 0, records.size(), day_one);
    plays.pass_time(day_one + 2s);
    EXPECT_THAT(
        kinds_of(plays.out()),
        ElementsAre(
            "meeting.started",
            "participant.joined:p1",
            "participant.chat:p1",
            "participant.left:p1",
            "meeting.ended"
        )
    );
}

TEST(Roll, SettlingSendsEveryoneOutAndSaysWhatItCounted)
{
    std::vector<event> events{
        make_event(kind::meeting_started, "bot_1", "", day_one, "s"),
        make_event(kind::participant_joined, "bot_1", "p1", day_one + 1s, "j1"),
        make_event(kind::participant_joined, "bot_1", "p2", day_one + 2s, "j2", way::poll),
        make_event(kind::participant_left, "bot_1", "p1", day_one + 3s, "l1"),
        make_event(kind::participant_joined, "bot_1", "p3", day_one + 4s, "j3"),
        make_event(kind::participant_chat, "bot_1", "p3", day_one + 5s, "c3", way::download),
        make_event(kind::meeting_ended, "bot_1", "", day_one + 10s, "e")};
    std::vector<record> records;
    for (auto& e : events)
        records.push_back({e, static_cast<std::int64_t>(records.size())});
    player plays{{}};
    plays.commit_batch(records, 0, records.size(), day_one + 10s);
    plays.pass_time(day_one + 69s);
    EXPECT_EQ(plays.out().size(), 7U);
    plays.pass_time(day_one + 70s);
    ASSERT_EQ(plays.out().size(), 10U);
    const auto& left = plays.out()[7].what;
    EXPECT_EQ(left.kind, kind::participant_left);
    EXPECT_EQ(left.participant->id, "p2");
    EXPECT_EQ(left.participant->name, "Name of p2");
    EXPECT_EQ(left.via, way::derived);
    EXPECT_EQ(left.occurred_at, day_one + 10s);
    EXPECT_EQ(plays.out()[8].what.participant->id, "p3");
    const auto& settled = plays.out()[9];
    EXPECT_EQ(settled.what.kind, kind::meeting_settled);
    EXPECT_EQ(settled.what.occurred_at, day_one + 10s);
    EXPECT_EQ(settled.what.data, R"({"participants":3,"events":7,"recovered":2,"derived":2})");
    EXPECT_EQ(settled.what.meeting.metadata, R"({"room":"standup"})");
    EXPECT_FALSE(settled.late);
    EXPECT_FALSE(settled.intake_offset);
}

TEST(Roll, WhatComesAfterTheSettlingIsLateAndBringsNoSecondOne)
{
    std::vector<record> records{
        {make_event(kind::meeting_ended, "bot_1", "", day_one, "e"), 0},
        {make_event(kind::participant_joined, "bot_1", "p1", day_one + 1h, "j"), 1}};
    player plays{{}};
    plays.commit_batch(records, 0, 1, day_one);
    plays.pass_time(day_one + 1min);
    EXPECT_THAT(kinds_of(plays.out()), ElementsAre("meeting.ended", "meeting.settled"));
    plays.commit_batch(records, 1, 2, day_one + 1h);
    plays.pass_time(day_one + 3h);
    ASSERT_EQ(plays.out().size(), 3U);
    EXPECT_TRUE(plays.out()[2].late);
    EXPECT_EQ(plays.out()[2].sequence, 3U);
}

TEST(Roll, WhoIsInIsToldByTheTimeOfTheEventsNotByTheirOrder)
{
    std::vector<record> records{
        {make_event(kind::participant_left, "bot_1", "p1", day_one + 5s, "l"), 0},
        {make_event(kind::participant_joined, "bot_1", "p1", day_one, "j"), 1},
        {make_event(kind::meeting_ended, "bot_1", "", day_one + 6s, "e"), 2}};
    player plays{{.mode = ordering::arrival}};
    plays.commit_batch(records, 0, 3, day_one + 6s);
    plays.pass_time(day_one + 10min);
    EXPECT_THAT(
        kinds_of(plays.out()),
        ElementsAre(
            "participant.left:p1", "participant.joined:p1", "meeting.ended", "meeting.settled"
        )
    );
}

TEST(Roll, ALateDuplicateADayAfterIsStillADuplicate)
{
    auto joined = make_event(kind::participant_joined, "bot_1", "p1", day_one, "j");
    const auto records = two(joined, joined, std::chrono::hours{24});
    player plays{{}};
    plays.commit_batch(records, 0, 1, day_one);
    plays.pass_time(day_one + 2s);
    plays.commit_batch(records, 1, 2, day_one + 24h);
    EXPECT_EQ(plays.out().size(), 1U);
    EXPECT_EQ(plays.decisions.back().what, decision::outcome::duplicate);
}

TEST(Roll, WhatIsOlderThanTheWindowAndUnknownCannotBeProvedNew)
{
    const std::vector<record> records{
        {make_event(kind::participant_joined, "bot_1", "p1", day_one, "j"), 0}};
    player plays{{}};
    plays.commit_batch(records, 0, 1, day_one + 80h + 1ms);
    EXPECT_EQ(plays.decisions.back().what, decision::outcome::beyond_window);
    plays.commit_batch(records, 0, 1, day_one + 80h);
    EXPECT_EQ(plays.decisions.back().what, decision::outcome::beyond_window)
        << "the time of publishing never goes back";
}

TEST(Roll, OfAMeetingLongerThanTheWindowAnOldIdentityThatWasForgottenIsNotPublishedAgain)
{
    const roll_settings how{.mode = ordering::arrival, .window = 10s};
    std::vector<record> records;
    for (int i = 0; i < 20; ++i)
        records.push_back(
            {make_event(
                 kind::participant_joined,
                 "bot_1",
                 "p" + std::to_string(i),
                 day_one + i * 1s,
                 std::to_string(i)
             ),
             i}
        );
    player plays{how};
    for (std::size_t i = 0; i < records.size(); ++i)
        plays.commit_batch(records, i, i + 1, records[i].what.received_at);
    plays.commit_batch(records, 0, 1, day_one + 19s);  // known meeting, forgotten identity
    EXPECT_EQ(plays.decisions.back().what, decision::outcome::beyond_window);
    plays.commit_batch(records, 15, 16, day_one + 19s);
    EXPECT_EQ(plays.decisions.back().what, decision::outcome::duplicate);
}

TEST(Roll, OfAMeetingThatIsRememberedWholeAnOldEventIsNew)
{
    const roll_settings how{.mode = ordering::arrival, .window = 10s};
    const std::vector<record> records{
        {make_event(kind::participant_joined, "bot_1", "p1", day_one + 12s, "a"), 0},
        {make_event(kind::participant_joined, "bot_1", "p2", day_one, "b"), 1}};
    player plays{how};
    plays.commit_batch(records, 0, 2, day_one + 12s);
    EXPECT_EQ(plays.decisions.back().what, decision::outcome::published);
}

TEST(Roll, TheFirstCopyWinsWithItsValues)
{
    auto first = make_event(kind::participant_joined, "bot_1", "p1", day_one, "j");
    auto second = first;
    second.participant->name = "Another name";
    second.via = way::poll;
    player plays{{}};
    plays.commit_batch(two(first, second, 1s), 0, 2, day_one + 1s);
    plays.pass_time(day_one + 3s);
    ASSERT_EQ(plays.out().size(), 1U);
    EXPECT_EQ(plays.out()[0].what.participant->name, "Name of p1");
    EXPECT_EQ(plays.decisions.back().first, way::webhook);
}

TEST(Roll, SourcesDoNotMeetEvenWithEqualMeetingIds)
{
    auto a = make_event(kind::participant_joined, "bot_1", "p1", day_one, "j");
    auto b = a;
    b.source = "attendee-test";
    player plays{{.mode = ordering::arrival}};
    plays.commit_batch(two(a, b, 0ms), 0, 2, day_one);
    ASSERT_EQ(plays.out().size(), 2U);
    EXPECT_EQ(plays.out()[1].sequence, 1U);
}

}  // namespace
}  // namespace rollcall::test
