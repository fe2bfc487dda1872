#include "app/shortfall.hpp"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

TEST(Shortfall, IsNoneWhereNothingIsLacking)
{
    EXPECT_EQ(shortfall_text({}), std::nullopt);
}

TEST(Shortfall, TellsOfTheSpoolWhetherKafkaIsAwayOrBack)
{
    shortfall_facts now;
    now.spooled.spooling = true;
    EXPECT_EQ(shortfall_text(now), "spooling, 0 records wait (0B)");
    now.spooled = {.spooling = false, .waiting = {.records = 3, .bytes = 2048}};
    EXPECT_EQ(shortfall_text(now), "sending on what was spooled, 3 records wait (2KiB)");
}

TEST(Shortfall, TellsOfARestoreThatIsNotTheFirst)
{
    shortfall_facts now;
    now.relay = {.active = 3, .restoring = 1, .restore = {.read = 1, .to_read = 4}};
    EXPECT_EQ(shortfall_text(now), "restoring 1 of 4 partitions, 25 %");
    now.ready = false;  // then it is why, and told already
    EXPECT_EQ(shortfall_text(now), std::nullopt);
}

TEST(Shortfall, NamesEverySourceWithoutCredentials)
{
    shortfall_facts now;
    now.spooled.spooling = true;
    now.keyless = {"rtk"};
    now.refused = {"a", "b"};
    EXPECT_EQ(
        shortfall_text(now),
        "spooling, 0 records wait (0B); rtk: the key that webhooks are signed with cannot be had; "
        "a: the provider refuses the API key; b: the provider refuses the API key"
    );
}

}  // namespace
}  // namespace rollcall
