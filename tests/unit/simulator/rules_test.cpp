#include "simulator/api_faults.hpp"
#include "simulator/calendar.hpp"
#include "simulator/query.hpp"
#include "simulator/rate_limit.hpp"

#include <gmock/gmock.h>

#include <map>

namespace rollcall::simulator {
namespace {

using namespace std::chrono_literals;

const instant noon{std::chrono::sys_days{std::chrono::year{2026} / 8 / 14} + 12h};

TEST(Calendar, PrintsAndReadsWhatThePythonServerDoes)
{
    EXPECT_EQ(python_datetime(noon), "2026-08-14T12:00:00");
    EXPECT_EQ(python_datetime(noon + 1us, ' '), "2026-08-14 12:00:00.000001");
    EXPECT_EQ(http_date(noon), "Fri, 14 Aug 2026 12:00:00 GMT");
    const std::map<std::string, stamp> good{
        {"2026-08-14T12:00:00Z", noon},
        {"2026-08-14 12:00:00", noon},
        {"2026-08-14T12:00:00.5Z", noon + 500ms},
        {"2026-08-14T12:00:00.000001Z", noon + 1us},
        {"2026-08-14T14:00:00+02:00", noon},
        {"2026-08-14T07:30:00-04:30", noon}};
    for (const auto& [text, at] : good)
        EXPECT_EQ(parse_datetime(text), at) << text;
}

TEST(Calendar, RefusesWhatIsNoTime)
{
    for (const auto* text :
         {"",
          "1786698000",
          "2026-08-14T12:00:00z",
          "2026-08-14T12:00:00 02:00",
          "2026-08-14T12:00:00.1234567Z",
          "2026-08-14T12:00:00.Z",
          "2026-02-30T12:00:00Z",
          "2026-08-14T24:00:00Z",
          "2026-08-14T12:00Z",
          "20260814T120000Z",
          "2026-08-14T12:00:00+0200",
          "2026-08-14T12:00:00ZZ"})
        EXPECT_FALSE(parse_datetime(text)) << text;
}

TEST(Query, IsDecodedAndEncodedAsPythonDoes)
{
    const auto with = parse_query("states=joining&after=2026%2B00:00&states=a+b&empty=&=x&%zz");
    const parameters expected{
        {"states", "joining"},
        {"after", "2026+00:00"},
        {"states", "a b"},
        {"empty", ""},
        {"", "x"},
        {"%zz", ""}};
    EXPECT_EQ(with, expected);
    EXPECT_EQ(last(with, "states"), "a b");
    EXPECT_EQ(
        with_parameter(
            {{"states", "b"}, {"cursor", "old"}, {"states", "a"}, {"after", "1:0"}}, "cursor", "="
        ),
        "after=1%3A0&cursor=%3D&states=b&states=a"
    );
}

TEST(RateLimit, LetsSoManyIntoAnyWindowAndSaysWhenThereIsRoom)
{
    rate_limit limit{3, 60s};
    const rate_limit::time begin{};
    EXPECT_FALSE(limit.refuse(begin));
    EXPECT_FALSE(limit.refuse(begin + 10s));
    EXPECT_FALSE(limit.refuse(begin + 20s));
    EXPECT_EQ(limit.refuse(begin + 30s), 30s);
    EXPECT_EQ(limit.refuse(begin + 59'999ms), 1ms);
    EXPECT_FALSE(limit.refuse(begin + 60s));
    EXPECT_EQ(limit.refuse(begin + 60s), 10s);
}

TEST(ApiFaults, ComeAsOftenAsAskedForAndTheSameForASeed)
{
    api_faults wanted;
    wanted.of(api_fault::throttled).share = 0.1;
    wanted.of(api_fault::reset).share = 0.2;
    fault_chance chance{wanted, 3};
    fault_chance again{wanted, 3};
    std::map<api_fault, int> count;
    for (int i = 0; i < 10'000; ++i) {
        const auto fault = chance.next();
        ASSERT_EQ(fault, again.next());
        ++count[fault];
    }
    EXPECT_NEAR(count[api_fault::throttled], 1'000, 100);
    EXPECT_NEAR(count[api_fault::reset], 2'000, 150);
    EXPECT_EQ(
        count[api_fault::none] + count[api_fault::throttled] + count[api_fault::reset], 10'000
    );
}

TEST(ApiFaults, ThatAreCountedComeFirstAndNoMore)
{
    api_faults wanted;
    wanted.of(api_fault::failed).first = 2;
    wanted.of(api_fault::slow).first = 1;
    fault_chance chance{wanted, 3};
    EXPECT_EQ(chance.next(), api_fault::failed);
    EXPECT_EQ(chance.next(), api_fault::failed);
    EXPECT_EQ(chance.next(), api_fault::slow);
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(chance.next(), api_fault::none);
}

}  // namespace
}  // namespace rollcall::simulator
