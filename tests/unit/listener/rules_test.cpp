#include "listener/routes.hpp"
#include "listener/signature_alarm.hpp"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

TEST(Routes, KnowTheHooksOfSources)
{
    EXPECT_EQ(hook_source("/hooks/attendee-prod"), "attendee-prod");
    EXPECT_EQ(hook_source("/hooks/attendee-prod/"), "attendee-prod");
    for (const auto* path :
         {"",
          "/",
          "/hooks",
          "/hooks/",
          "/hooks//",
          "/hooks/a//",
          "/hooks/a/b",
          "/hook/a",
          "//hooks/a",
          "hooks/a"})
        EXPECT_FALSE(hook_source(path)) << path;
}

constexpr timestamp noon{milliseconds{1'786'000'000'000}};

TEST(SignatureAlarm, SaysSoOnceAMinuteWhileASourceHasOnlyBadOnes)
{
    signature_alarm alarm;
    for (int i = 0; i < 4; ++i)
        EXPECT_FALSE(alarm.bad(noon));
    EXPECT_EQ(alarm.bad(noon), 5U);
    EXPECT_FALSE(alarm.bad(noon + milliseconds{59'999}));
    EXPECT_EQ(alarm.bad(noon + milliseconds{60'000}), 7U);
}

TEST(SignatureAlarm, IsSilentAmongGoodOnes)
{
    signature_alarm alarm;
    for (int i = 0; i < 100; ++i) {
        if (i % 4 == 0)
            alarm.good();
        EXPECT_FALSE(alarm.bad(noon));
    }
}

}  // namespace
}  // namespace rollcall
