#include "settings/quantities.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace rollcall {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct duration_case {
    std::string text;
    std::optional<milliseconds> length;
};
void PrintTo(const duration_case& one, std::ostream* out)
{
    *out << '"' << one.text << '"';
}
class Durations : public testing::TestWithParam<duration_case> {};
TEST_P(Durations, AreReadWithTheirUnits)
{
    EXPECT_EQ(parse_duration(GetParam().text), GetParam().length) << GetParam().text;
}
const duration_case durations[] = {
    {"0s", milliseconds{0}},
    {"500ms", milliseconds{500}},
    {"2s", seconds{2}},
    {"1m30s", seconds{90}},
    {"80h", hours{80}},
    {"5d", hours{120}},
    {"1d2h3m4s5ms", hours{26} + minutes{3} + seconds{4} + milliseconds{5}},
    {"090s", seconds{90}},
    {"", {}},
    {"2", {}},
    {"s", {}},
    {"2 s", {}},
    {" 2s", {}},
    {"2s ", {}},
    {"-2s", {}},
    {"+2s", {}},
    {"1.5s", {}},
    {"2S", {}},
    {"2sec", {}},
    {"30s1m", {}},
    {"1s1s", {}},
    {"1m30", {}},
    {"1us", {}},
    {"106751991168d", {}},
    {"99999999999999999999s", {}},
    {"106751991167d9223372036854775807ms", {}},
};
INSTANTIATE_TEST_SUITE_P(Texts, Durations, testing::ValuesIn(durations));

struct size_case {
    std::string text;
    std::optional<std::uint64_t> bytes;
};
void PrintTo(const size_case& one, std::ostream* out)
{
    *out << '"' << one.text << '"';
}
class Sizes : public testing::TestWithParam<size_case> {};
TEST_P(Sizes, AreReadWithTheirUnits)
{
    EXPECT_EQ(parse_size(GetParam().text), GetParam().bytes);
}
const size_case sizes[] = {
    {"0B", 0},
    {"512B", 512},
    {"16KiB", 16384},
    {"1MiB", 1 << 20},
    {"2GiB", 2ULL << 30},
    {"16kB", 16'000},
    {"1MB", 1'000'000},
    {"1GB", 1'000'000'000},
    {"1", {}},
    {"MiB", {}},
    {"1 MiB", {}},
    {"1mib", {}},
    {"1MiB1KiB", {}},
    {"1M", {}},
    {"-1B", {}},
    {"9223372036854775807GiB", {}},
};
INSTANTIATE_TEST_SUITE_P(Texts, Sizes, testing::ValuesIn(sizes));

TEST(DurationText, IsReadAsTheSame)
{
    EXPECT_EQ(duration_text(milliseconds{0}), "0s");
    EXPECT_EQ(duration_text(hours{80}), "80h");
    EXPECT_EQ(duration_text(milliseconds{90'500}), "1m30s500ms");
    for (std::int64_t length :
         {1LL, 999LL, 1'000LL, 59'999LL, 3'600'000LL, 86'400'001LL, 288'000'000LL})
        EXPECT_EQ(parse_duration(duration_text(milliseconds{length})), milliseconds{length});
}

TEST(SizeText, IsReadAsTheSame)
{
    EXPECT_EQ(size_text(0), "0B");
    EXPECT_EQ(size_text(1 << 20), "1MiB");
    EXPECT_EQ(size_text(1536), "1536B");
    EXPECT_EQ(size_text(1536ULL * 1024), "1536KiB");
    for (std::uint64_t bytes : {1ULL, 1000ULL, 1024ULL, 1ULL << 30, (1ULL << 30) + 1})
        EXPECT_EQ(parse_size(size_text(bytes)), bytes);
}

}  // namespace
}  // namespace rollcall
