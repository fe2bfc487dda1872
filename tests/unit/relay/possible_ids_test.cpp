// What is published bears one of the ids that are possible for what was told, however the roll has
// completed its identity.
#include "relay/possible_ids.hpp"

#include "story.hpp"

#include <gmock/gmock.h>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::SizeIs;

published publish(const std::vector<record>& records)
{
    player plays{{.mode = ordering::arrival}};
    plays.commit_batch(records, 0, records.size(), day_one);
    plays.pass_time(day_one + 10s);
    return plays.out();
}

record join_of(const std::string& participant, milliseconds at, std::int64_t offset)
{
    record told{
        .what = make_event(
            kind::participant_joined, "m", participant, day_one + at, "m:joined:" + participant
        ),
        .offset = offset};
    return told;
}

TEST(PossibleIds, AreOneWhereTheIdentityIsWhole)
{
    const auto told = join_of("p", 1s, 0);
    EXPECT_THAT(possible_ids(told.what), SizeIs(1));
    const auto out = publish({told});
    ASSERT_THAT(out, SizeIs(1));
    EXPECT_EQ(possible_ids(told.what).front(), out[0].id);
}

TEST(PossibleIds, HaveEachOfTheJoinsThatAreCounted)
{
    std::vector<record> all{join_of("p", 1s, 0), join_of("p", 2s, 1), join_of("p", 3s, 2)};
    all[1].what.kind = kind::participant_left;
    all[1].what.identity = "m:left:p";
    for (auto& each : all)
        each.what.counts_occurrences = true;
    const auto out = publish(all);
    ASSERT_THAT(out, SizeIs(3));
    for (std::size_t i = 0; i < all.size(); ++i)
        EXPECT_THAT(possible_ids(all[i].what), Contains(out[i].id)) << i;
    EXPECT_EQ(out[2].occurrence, 2);
}

TEST(PossibleIds, HaveEachOfTheEqualKeysOfWebhooksThatSayDifferentThings)
{
    std::vector<record> all{join_of("p", 1s, 0), join_of("p", 1s, 1)};
    all[0].what.content = 17;
    all[1].what.content = 18;
    const auto out = publish(all);
    ASSERT_THAT(out, SizeIs(2));
    for (std::size_t i = 0; i < all.size(); ++i)
        EXPECT_THAT(possible_ids(all[i].what), Contains(out[i].id)) << i;
    EXPECT_NE(out[0].id, out[1].id);
}

TEST(PossibleIds, HaveThoseUnderTheOtherNamesOfTheParticipant)
{
    std::vector<record> all{join_of("peer", 1s, 0), join_of("custom", 1s, 1)};
    all[0].what.counts_occurrences = all[1].what.counts_occurrences = true;
    all[0].what.alias = "custom";
    const auto out = publish(all);
    ASSERT_THAT(out, SizeIs(1));
    const std::vector<std::string> known_as{"peer"};
    EXPECT_THAT(possible_ids(all[1].what, known_as), Contains(out[0].id));
}

}  // namespace
}  // namespace rollcall::test
