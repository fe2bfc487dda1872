#include "core/time.hpp"

#include <gtest/gtest.h>

#include <random>

namespace rollcall::test {
namespace {

timestamp at_ms(std::int64_t ms)
{
    return timestamp{milliseconds{ms}};
}

struct written_time {
    std::string name, text;
    std::int64_t ms = 0;
};
void PrintTo(const written_time& which, std::ostream* out)
{
    *out << which.text;
}

class Rfc3339 : public testing::TestWithParam<written_time> {};

TEST_P(Rfc3339, IsReadAsTheInstantItIs)
{
    const auto at = parse_rfc3339(GetParam().text);
    ASSERT_TRUE(at);
    EXPECT_EQ(at->time_since_epoch().count(), GetParam().ms);
}

const written_time times[] = {
    {"Epoch", "1970-01-01T00:00:00Z", 0},
    {"Milliseconds", "2026-08-14T09:00:03.771Z", 1786698003771},
    {"NoFraction", "2026-08-14T09:00:06+00:00", 1786698006000},
    {"OneDigit", "2026-08-14T09:00:03.5Z", 1786698003500},
    {"MicrosecondsAreCut", "2026-08-14T09:00:03.771999Z", 1786698003771},
    {"NanosecondsAreCut", "2026-08-14T09:00:03.771999999Z", 1786698003771},
    {"LongFraction", "2026-08-14T09:00:03.7710000000000000000001Z", 1786698003771},
    {"East", "2026-08-14T11:00:03.771+02:00", 1786698003771},
    {"West", "2026-08-14T03:30:03.771-05:30", 1786698003771},
    {"LowerCase", "2026-08-14t09:00:03.771z", 1786698003771},
    {"Space", "2026-08-14 09:00:03.771Z", 1786698003771},
    {"UnknownOffset", "2026-08-14T09:00:03.771-00:00", 1786698003771},
    {"LeapDay", "2024-02-29T00:00:00Z", 1709164800000},
    {"LeapSecond", "2016-12-31T23:59:60Z", 1483228800000},
    {"Before1970", "1969-12-31T23:59:59.999Z", -1},
    {"LastYear", "9999-12-31T23:59:59.999Z", 253402300799999},
};
INSTANTIATE_TEST_SUITE_P(Written, Rfc3339, testing::ValuesIn(times), [](const auto& each) {
    return each.param.name;
});

class NoRfc3339 : public testing::TestWithParam<std::string> {};

TEST_P(NoRfc3339, IsABadTime)
{
    const auto at = parse_rfc3339(GetParam());
    ASSERT_FALSE(at);
    EXPECT_EQ(at.error(), errc::bad_time);
}

INSTANTIATE_TEST_SUITE_P(
    Texts,
    NoRfc3339,
    testing::Values(
        "",
        "now",
        "1786698003771",
        "2026-08-14",
        "2026-08-14T09:00Z",
        "2026-08-14T09:00:03",
        "20260814T090003Z",
        "2026-8-14T09:00:03Z",
        "2026-08-14T9:00:03Z",
        "2026-08-14T09:00:03.Z",
        "2026-08-14T09:00:03,7Z",
        "2026-08-14T09:00:03+0200",
        "2026-08-14T09:00:03+02",
        "2026-08-14T09:00:03+24:00",
        "2026-08-14T09:00:03+02:60",
        "2026-08-14T24:00:00Z",
        "2026-08-14T09:60:00Z",
        "2026-08-14T09:00:61Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-08-00T00:00:00Z",
        "+2026-08-14T09:00:03Z",
        "-026-08-14T09:00:03Z",
        "2026-08-14T09:00:03Z ",
        " 2026-08-14T09:00:03Z",
        "2026-08-14T09:00:03ZZ",
        "2026/08/14T09:00:03Z",
        "2026-08-14X09:00:03Z",
        "12026-08-14T09:00:03Z",
        std::string("2026-08-14T09:00:03Z\0", 21)
    )
);

TEST(Time, IsWrittenWithThreeFractionDigits)
{
    EXPECT_EQ(to_rfc3339(at_ms(1786698006000)), "2026-08-14T09:00:06.000Z");
    EXPECT_EQ(to_rfc3339(at_ms(0)), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(to_rfc3339(at_ms(-1)), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(to_rfc3339(at_ms(253402300799999)), "9999-12-31T23:59:59.999Z");
}

TEST(Time, ComesBackFromItsText)
{
    std::mt19937_64 random{1};
    std::uniform_int_distribution<std::int64_t> any{
        -62167219200000, 253402300799999};  // years 0 to 9999
    for (int i = 0; i < 10'000; ++i) {
        const auto at = at_ms(any(random));
        const auto read = parse_rfc3339(to_rfc3339(at));
        ASSERT_TRUE(read) << to_rfc3339(at);
        ASSERT_EQ(*read, at);
    }
}

TEST(Time, SortsAsItsText)
{
    std::mt19937_64 random{2};
    std::uniform_int_distribution<std::int64_t> any{0, 253402300799999};
    for (int i = 0; i < 1'000; ++i) {
        const auto a = at_ms(any(random)), b = at_ms(any(random));
        ASSERT_EQ(a < b, to_rfc3339(a) < to_rfc3339(b));
    }
}

TEST(WallClock, IsTheSystemsClock)
{
    const auto before = std::chrono::system_clock::now() - milliseconds{1};
    const auto now = wall_clock();
    EXPECT_LE(before, now);
    EXPECT_LE(now, std::chrono::system_clock::now());
}

}  // namespace
}  // namespace rollcall::test
