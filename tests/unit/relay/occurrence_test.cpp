#include "relay/occurrence.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace rollcall::test {
namespace {

constexpr auto joined = kind::participant_joined;
constexpr auto left = kind::participant_left;
constexpr auto fresh = occurrence::state::fresh;
constexpr auto repeated = occurrence::state::repeated;
constexpr auto same = occurrence::state::same;

constexpr timestamp at(int second)
{
    return timestamp{std::chrono::seconds{1'786'000'000 + second}};
}

struct rule {
    std::string name;
    std::vector<presence_change> known;
    kind what{};
    int second = 0;
    occurrence expected;
};
void PrintTo(const rule& which, std::ostream* out)
{
    *out << which.name;
}

class Occurrence : public testing::TestWithParam<rule> {};

TEST_P(Occurrence, IsToldByWhatIsKnown)
{
    auto known = GetParam().known;
    std::mt19937 dice{1};
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(
            occurrence_of(GetParam().what, at(GetParam().second), known), GetParam().expected
        );
        std::ranges::shuffle(known, dice);
    }
}

const rule rules[] = {
    {"TheFirstJoin", {}, joined, 1, {1, fresh}},
    {"ALeaveWithoutAJoin", {}, left, 1, {1, fresh}},
    {"ALeaveAfterItsJoin", {{joined, at(1), 1}}, left, 2, {1, fresh}},
    {"ALeaveAtTheTimeOfItsJoin", {{joined, at(2), 1}}, left, 2, {1, fresh}},
    {"AJoinAfterTheLeave", {{joined, at(1), 1}, {left, at(2), 1}}, joined, 3, {2, fresh}},
    {"AJoinAfterALoneLeave", {{left, at(2), 1}}, joined, 3, {2, fresh}},
    {"TheLeaveOfTheLatestJoin",
     {{joined, at(1), 1}, {left, at(2), 1}, {joined, at(3), 2}},
     left,
     4,
     {2, fresh}},
    {"TheSameJoin", {{joined, at(1), 1}, {left, at(2), 1}}, joined, 1, {1, same}},
    {"TheSameLeaveAfterTheNextJoin",
     {{joined, at(1), 1}, {left, at(2), 1}, {joined, at(3), 2}},
     left,
     2,
     {1, same}},
    {"AJoinWithAnotherTimeAndNoLeaveBetween", {{joined, at(1), 1}}, joined, 3, {1, repeated}},
    {"AJoinEarlierThanTheOneKnown", {{joined, at(3), 1}}, joined, 1, {1, repeated}},
    {"ALeaveWithAnotherTimeAndNoJoinBetween",
     {{joined, at(1), 1}, {left, at(2), 1}},
     left,
     3,
     {1, repeated}},
    {"AJoinBehindALeaveThatIsHeld", {{joined, at(1), 1}, {left, at(2), 0}}, joined, 3, {2, fresh}},
    {"AHeldJoinIsNoneThatIsOut", {{joined, at(1), 0}}, joined, 1, {1, fresh}},
    {"AJoinOvertakenByTheNextStay",
     {{joined, at(3), 1}, {left, at(4), 1}, {left, at(2), 2}},
     joined,
     1,
     {2, fresh}},
    {"ALeaveOvertakenByTheNextStay",
     {{joined, at(1), 1}, {joined, at(3), 2}, {left, at(4), 2}},
     left,
     2,
     {1, fresh}},
    {"ALeaveWhoseNumberIsGone", {{joined, at(3), 1}, {left, at(2), 1}}, left, 4, {2, fresh}},
    {"ThePairOfTheTimeCountsNotTheNearest",
     {{joined, at(1), 1}, {left, at(2), 1}, {joined, at(50), 2}},
     left,
     49,
     {1, repeated}},
};
INSTANTIATE_TEST_SUITE_P(Rules, Occurrence, testing::ValuesIn(rules), [](const auto& each) {
    return each.param.name;
});

// Stays one after the other, in whatever order they become known: each join and each leave is told
// from the others of its kind as soon as what lies between is known.
TEST(Occurrences, OfWhatComesInOrderAreCountedThrough)
{
    std::vector<presence_change> known;
    for (int stay = 1; stay <= 50; ++stay) {
        for (const auto what : {joined, left}) {
            const int second = 2 * stay + (what == left ? 1 : 0);
            const auto which = occurrence_of(what, at(second), known);
            EXPECT_EQ(which, (occurrence{static_cast<std::uint16_t>(stay), fresh}));
            known.push_back({what, at(second), which.number});
        }
    }
}

TEST(Occurrences, AreDistinctWhateverTheOrderOnceAllIsKnownOf)
{
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 dice{seed};
        std::vector<presence_change> known;
        for (int i = 0; i < 12; ++i)
            known.push_back({i % 2 == 0 ? joined : left, at(i), 0});
        std::ranges::shuffle(known, dice);
        for (auto& each : known) {
            const auto which = occurrence_of(each.what, each.at, known);
            EXPECT_EQ(which.is, fresh);
            for (const auto& other : known)
                EXPECT_FALSE(other.what == each.what && other.number == which.number);
            each.number = which.number;
        }
        for (const auto& each : known)
            EXPECT_EQ(occurrence_of(each.what, each.at, known), (occurrence{each.number, same}));
    }
}

// A stay of 20 s, told 42 s later by the other way.
TEST(OccurrenceOfAList, IsTheOneThatWasPublishedHoweverFarApart)
{
    const std::vector<presence_change> told{{joined, at(0), 1}, {left, at(20), 1}};
    EXPECT_EQ(occurrence_of(joined, at(42), told, {true, true}), (occurrence{1, repeated}));
    EXPECT_EQ(occurrence_of(left, at(62), told, {true, true}), (occurrence{1, repeated}));
    EXPECT_EQ(occurrence_of(joined, at(42), told, {true, false}), (occurrence{2, fresh}));
    EXPECT_EQ(occurrence_of(joined, at(42), {}, {true, true}), (occurrence{1, fresh}));
}

TEST(OccurrenceOfAList, IsNotDoubledByWhatIsToldElsewhere)
{
    const std::vector<presence_change> listed{{joined, at(42), 1, true}, {left, at(62), 1, true}};
    EXPECT_EQ(occurrence_of(joined, at(0), listed), (occurrence{1, repeated}));
    EXPECT_EQ(occurrence_of(left, at(20), listed), (occurrence{1, repeated}));
    EXPECT_EQ(occurrence_of(joined, at(100), listed), (occurrence{2, fresh}));
}

}  // namespace
}  // namespace rollcall::test
