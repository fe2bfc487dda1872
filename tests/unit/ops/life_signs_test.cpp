#include "ops/life_signs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(LifeSigns, AreThereOnceEveryPartHasComeRound)
{
    life_signs all;
    bool relay = false;
    bool worker = false;
    all.expect("relay", [&] { return relay; });
    all.expect("worker", [&] { return worker; });
    EXPECT_FALSE(all.everybody());
    relay = true;
    EXPECT_FALSE(all.everybody());
    EXPECT_THAT(all.silent(), ElementsAre("worker"));
    relay = false;  // it was heard of, and need not be again
    worker = true;
    EXPECT_TRUE(all.everybody());
    EXPECT_THAT(all.silent(), ElementsAre("relay", "worker"));
    EXPECT_FALSE(all.everybody()) << "the relay has not come round since";
}

TEST(LifeSigns, AreNeverThereWhereNothingIsExpected)
{
    EXPECT_FALSE(life_signs{}.everybody());
    EXPECT_THAT(life_signs{}.silent(), IsEmpty());
}

TEST(TurnCounter, TellsOfATurnOnce)
{
    turn_counter loop;
    EXPECT_FALSE(loop.has_turned());
    loop.turn();
    loop.turn();
    EXPECT_TRUE(loop.has_turned());
    EXPECT_FALSE(loop.has_turned());
}

}  // namespace
}  // namespace rollcall
