#include "relay/tally.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace rollcall {
namespace {

source_tallies counted(std::uint64_t events, std::uint64_t published)
{
    source_tallies all;
    all["demo"][relay_count::events] = events;
    all["demo"][relay_count::published_webhook] = published;
    return all;
}

waiting_amounts held(std::uint64_t events)
{
    return {{{"demo", events}}, {}};
}

TEST(RelayBooks, BalanceWhereEverythingIsEntered)
{
    relay_books books;
    books.enter(counted(10, 7), {}, held(3));
    EXPECT_EQ(books.read().at("demo").held, 3U);
    EXPECT_EQ(books.read().at("demo").missing_events(), 0);
    books.enter(counted(0, 3), held(3), held(0));
    EXPECT_EQ(books.read().at("demo").missing_events(), 0);
    EXPECT_EQ(books.published(), 10U);
}

TEST(RelayBooks, TellWhatIsMissingOnEitherSide)
{
    relay_books books;
    books.enter(counted(10, 7), {}, held(2));
    EXPECT_EQ(books.read().at("demo").missing_events(), 1);
    books.enter(counted(0, 2), {}, {});
    EXPECT_EQ(books.read().at("demo").missing_events(), -1);
}

TEST(RelayBooks, EachEndOfARecordAndOfAnEventCounts)
{
    using enum relay_count;
    const auto ends_record = [](relay_count what) {
        return what > records && what <= records_returned;
    };
    const auto ends_event = [](relay_count what) { return what > events && what <= returned; };
    for (int n = 0; n < static_cast<int>(count_); ++n) {
        const auto what = static_cast<relay_count>(n);
        if (what == records || what == events)
            continue;
        relay_books books;
        source_tallies one;
        one["demo"][what] = 1;
        books.enter(one, {}, {});
        const auto account = books.read().at("demo");
        EXPECT_EQ(account.missing_records(), ends_record(what) ? -1 : 0) << n;
        EXPECT_EQ(account.missing_events(), ends_event(what) ? -1 : 0) << n;
    }
}

TEST(RelayBooks, PartitionsShareAnAccount)
{
    relay_books books;
    books.enter(counted(2, 0), {}, held(2));
    books.enter(counted(5, 0), {}, held(5));
    books.enter(counted(0, 2), held(2), {});
    EXPECT_EQ(books.read().at("demo").held, 5U);
    EXPECT_EQ(books.read().at("demo").missing_events(), 0);
}

TEST(RelayBooks, BalanceAtAnyMoment)
{
    relay_books books;
    std::atomic<bool> stop = false;
    std::jthread writer{[&] {
        for (std::uint64_t n = 0; n < 5'000; ++n)
            books.enter(counted(2, n == 0 ? 1 : 2), held(n == 0 ? 0 : 1), held(1));
        stop = true;
    }};
    while (!stop)
        for (const auto& [source, account] : books.read())
            ASSERT_EQ(account.missing_events(), 0);
}

TEST(SourceTally, AddsEveryCount)
{
    source_tally a;
    a[relay_count::records_again] = 2;
    a.duplicates(way::poll, way::webhook) = 3;
    a[relay_count::published_derived] = 1;
    source_tally sum = a;
    sum += a;
    EXPECT_EQ(sum[relay_count::records_again], 4U);
    EXPECT_EQ(sum.duplicates(way::poll, way::webhook), 6U);
    EXPECT_EQ(sum.all_duplicates(), 6U);
    EXPECT_EQ(sum.published(), 2U);
}

}  // namespace
}  // namespace rollcall
