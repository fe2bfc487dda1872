#include "listener/routes.hpp"
#include "listener/signature_alarm.hpp"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

TEST(Routes, KnowTheHooksOfSources)
{
    EXPECT_EQ(hook_source("/hooks/attendee-prod"), "attendee-prod");
    for (const auto* path :
         {"",
          "/",
          "/hooks",
          "/hooks/",
          "/hooks/a/",
          "/hooks/a/b",
          "/hook/a",
          "//hooks/a",
          "hooks/a"})
        EXPECT_FALSE(hook_source(path)) << path;
}

TEST(Routes, KnowJsonInAnyCaseAndWithParameters)
{
    for (const auto* type :
         {"application/json",
          "Application/JSON",
          "application/json; charset=utf-8",
          "application/json ;charset=utf-8",
          "application/json;"})
        EXPECT_TRUE(is_json(type)) << type;
    for (const auto* type :
         {"",
          ";",
          "text/plain",
          "application/jsonp",
          "application/json-patch+json",
          "text/plain; a=application/json",
          "application/json, text/plain"})
        EXPECT_FALSE(is_json(type)) << type;
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
