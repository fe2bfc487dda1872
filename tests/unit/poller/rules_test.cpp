#include "poller/backoff.hpp"
#include "poller/gate.hpp"
#include "poller/http_date.hpp"
#include "poller/polled_source.hpp"
#include "poller/repeats.hpp"
#include "poller/retry_after.hpp"
#include "poller/source_report.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string_view>

namespace rollcall::test {
namespace {

constexpr timestamp noon{milliseconds{1'786'000'000'000}};

TEST(Account, IsOfBaseUrlAndKeyAndTellsNeither)
{
    polled_source source;
    source.from = find_provider("attendee");
    source.api_key = "secret";
    const auto usual = account_of(source);
    EXPECT_EQ(usual.size(), 8U);
    EXPECT_EQ(usual.find_first_not_of("0123456789abcdef"), std::string::npos);
    source.base_url = source.from->default_base_url();
    EXPECT_EQ(account_of(source), usual);
    source.name = "another";
    EXPECT_EQ(account_of(source), usual);
    source.base_url = "https://attendee.example";
    EXPECT_NE(account_of(source), usual);
    source.base_url.clear();
    source.api_key = "Secret";
    EXPECT_NE(account_of(source), usual);
}

TEST(Backoff, DoublesUpToItsCap)
{
    constexpr backoff by{.first = milliseconds{1'000}, .cap = milliseconds{10'000}};
    constexpr double nearly_one = 0.99999;
    EXPECT_EQ(by.delay(1, nearly_one).count(), 999);
    EXPECT_EQ(by.delay(2, nearly_one).count(), 1'999);
    EXPECT_EQ(by.delay(3, nearly_one).count(), 3'999);
    EXPECT_EQ(by.delay(4, nearly_one).count(), 7'999);
    EXPECT_EQ(by.delay(5, nearly_one).count(), 9'999);
    EXPECT_EQ(by.delay(4'000'000'000, nearly_one).count(), 9'999);
}

TEST(Backoff, IsSpreadOverTheWholeBound)
{
    constexpr backoff by{.first = milliseconds{1'000}, .cap = milliseconds{8'000}};
    EXPECT_EQ(by.delay(4, 0.0), milliseconds{0});
    EXPECT_EQ(by.delay(4, 0.5), milliseconds{4'000});
    constexpr backoff polite{
        .first = milliseconds{1'000}, .cap = milliseconds{8'000}, .least = milliseconds{2'000}};
    EXPECT_EQ(polite.delay(1, 0.9), milliseconds{2'000});
    EXPECT_EQ(polite.delay(4, 0.5), milliseconds{5'000});
}

TEST(Gate, LetsOneThroughAtATimeOnceItsTimeHasCome)
{
    gate door;
    EXPECT_EQ(door.admits_at(), timestamp::min());
    EXPECT_FALSE(door.pass());
    door.close(noon);
    EXPECT_EQ(door.admits_at(), noon);
    EXPECT_TRUE(door.pass());
    EXPECT_EQ(door.admits_at(), std::nullopt);
    door.probe_lost();
    EXPECT_EQ(door.admits_at(), noon);
    door.open();
    EXPECT_EQ(door.admits_at(), timestamp::min());
}

TEST(HttpDate, IsReadInEachForm)
{
    constexpr timestamp then{milliseconds{784'111'777'000}};
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), then);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), then);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), then);
    EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994"), then + std::chrono::days{10});
    EXPECT_EQ(
        parse_http_date("Sunday, 06-Nov-69 00:00:00 GMT"),
        timestamp{std::chrono::sys_days{std::chrono::year{2069} / 11 / 6}}
    );
    EXPECT_TRUE(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT"));  // a leap second
}

TEST(HttpDate, IsNothingWhereItIsNone)
{
    for (const std::string_view text :
         {"",
          ",",
          "Sun,",
          "120",
          "Sun, 06 Nov 1994 08:49:37",
          "Sun, 06 Nov 1994 08:49:37 UTC",
          "Sun, 06 Nov 1994 08:49:37 GMT ",
          "Sun, 6 Nov 1994 08:49:37 GMT",
          "Sun, 31 Feb 1994 08:49:37 GMT",
          "Sun, 00 Nov 1994 08:49:37 GMT",
          "Sun, 06 nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 24:49:37 GMT",
          "Sun, 06 Nov 1994 08:60:37 GMT",
          "Sun, -6 Nov 1994 08:49:37 GMT",
          "Sun Nov 6 08:49:37 1994",
          "1994-11-06T08:49:37Z"})
        EXPECT_FALSE(parse_http_date(text)) << text;
}

TEST(RetryAfter, IsReadInBothForms)
{
    EXPECT_EQ(parse_retry_after("120", {}, noon), milliseconds{120'000});
    EXPECT_EQ(parse_retry_after("0", {}, noon), milliseconds{0});
    constexpr timestamp date{milliseconds{784'111'777'000}};
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", date, noon), milliseconds{30'000});
    // Without the provider's clock only ours is left.
    EXPECT_EQ(
        parse_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", {}, date - milliseconds{5'000}),
        milliseconds{35'000}
    );
}

TEST(RetryAfter, IsBounded)
{
    const auto date = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(parse_retry_after("3601", {}, noon), longest_retry_after);
    EXPECT_EQ(parse_retry_after("99999999999999999999999999", {}, noon), longest_retry_after);
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 2094 08:49:37 GMT", date, noon), longest_retry_after);
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1904 08:49:37 GMT", date, noon), milliseconds{0});
}

TEST(RetryAfter, IsNothingWhereItCannotBeRead)
{
    for (const std::string_view text : {"", "-1", "+1", "1.5", "1 ", " 1", "1s", "soon", "0x10"})
        EXPECT_FALSE(parse_retry_after(text, noon, noon)) << text;
}

TEST(Repeats, AreToldAtFirstAndThenWithTheirNumber)
{
    repeats told{milliseconds{60'000}};
    EXPECT_EQ(told.happened(noon), 1U);
    EXPECT_EQ(told.happened(noon + milliseconds{1}), std::nullopt);
    EXPECT_EQ(told.happened(noon + milliseconds{59'999}), std::nullopt);
    EXPECT_EQ(told.happened(noon + milliseconds{60'000}), 3U);
    told.over();
    EXPECT_EQ(told.happened(noon + milliseconds{60'001}), 1U);
}

TEST(PathClass, HasNeitherQueryNorMeeting)
{
    EXPECT_EQ(
        path_class("/api/v1/bots/bot_1/participant_events?after=x&cursor=y", "bot_1"),
        "/api/v1/bots/{meeting}/participant_events"
    );
    EXPECT_EQ(path_class("/bots/bot_1", "bot_1"), "/bots/{meeting}");
    EXPECT_EQ(path_class("/bots/bot_12/bot_1/x", "bot_1"), "/bots/bot_12/{meeting}/x");
    EXPECT_EQ(path_class("/bots?states=ended", ""), "/bots");
}

}  // namespace
}  // namespace rollcall::test
