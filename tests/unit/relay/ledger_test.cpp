#include "relay/ledger.hpp"

#include "story.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <new>
#include <random>

namespace {

// What this thread has allocated and not given back, by the allocator's own account.
thread_local std::ptrdiff_t allocated = 0;
constexpr std::ptrdiff_t block_overhead = sizeof(std::size_t);

}  // namespace

void* operator new(std::size_t size)
{
    void* block = std::malloc(size == 0 ? 1 : size);
    if (!block)
        throw std::bad_alloc{};
    allocated += static_cast<std::ptrdiff_t>(malloc_usable_size(block)) + block_overhead;
    return block;
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    try {
        return operator new(size);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void operator delete(void* block) noexcept
{
    if (block)
        allocated -= static_cast<std::ptrdiff_t>(malloc_usable_size(block)) + block_overhead;
    std::free(block);
}

void operator delete(void* block, std::size_t) noexcept
{
    operator delete(block);
}

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

TEST(Ledger, AnIdentityOfASettledMeetingTakesAtMost40Bytes)
{
    for (const int meetings : {1'000, 2'600, 5'000}) {
        const auto before = allocated;
        ledger known;
        timestamp at = day_one;
        constexpr int events = 40;
        for (int m = 0; m < meetings; ++m) {
            const std::string meeting = "bot_" + std::to_string(1'000'000'000'000 + m);
            for (int i = 0; i < events; ++i) {
                const bool last = i == events - 1;
                const std::string identity = meeting + std::to_string(i);
                const std::string participant =
                    "8:orgid:5d2f6c1e-9a40-4c6b-8f0e-" + std::to_string(i / 2);
                at += last ? 1ms : 0ms;
                known.record(
                    {.id = make_event_id("attendee-prod", identity),
                     .source = "attendee-prod",
                     .meeting = meeting,
                     .kind = last         ? kind::meeting_settled
                             : i % 2 == 0 ? kind::participant_joined
                                          : kind::participant_left,
                     .participant = last ? std::string_view{} : participant,
                     .occurred_at = at,
                     .sequence = static_cast<std::uint64_t>(i) + 1,
                     .published_at = at,
                     .facts = R"({"id":"x","name":"Somebody with a name"})"}
                );
            }
            at += 1ms;
            known.commit();
        }
        const auto identities = static_cast<double>(meetings) * events;
        ASSERT_EQ(known.identities(), static_cast<std::size_t>(meetings * events));
        const double bytes = static_cast<double>(allocated - before) / identities;
        std::printf("%d settled meetings: %.1f bytes an identity\n", meetings, bytes);
        EXPECT_LE(bytes, 40.0);
    }
}

// The one rule (design section 2): at any moment the ledger knows exactly what a restore would
// know.
TEST(Ledger, KnowsExactlyWhatARestoreFromTheLastWindowWouldKnow)
{
    for (unsigned seed = 0; seed < 60; ++seed) {
        std::mt19937 dice{seed};
        const roll_settings how{
            .mode = static_cast<ordering>(seed % 3),
            .hold = 200ms,
            .settle_after = 2s,
            .window = 10s};
        player plays{how};
        std::vector<record> records;
        timestamp now = day_one;
        for (int i = 0; i < 400; ++i) {
            now += milliseconds{dice() % 120};
            const std::string meeting =
                "bot_" + std::to_string(dice() % 6 + static_cast<unsigned>(i) / 100);
            constexpr kind some[] = {
                kind::participant_joined,
                kind::participant_left,
                kind::participant_chat,
                kind::participant_joined,
                kind::meeting_started,
                kind::meeting_ended};
            kind what = some[dice() % (dice() % 4 == 0 ? 6 : 4)];
            const bool person = what < kind::meeting_started;
            auto e = make_event(
                what,
                meeting,
                person ? "p" + std::to_string(dice() % 3) : "",
                now - milliseconds{dice() % 400},
                person ? std::to_string(i) : meeting + std::string{to_string(what)},
                dice() % 3 == 0 ? way::poll : way::webhook
            );
            e.received_at = now;
            records.push_back({std::move(e), i});
            const auto n = records.size();
            if (dice() % 8 == 0) {
                plays.abort_batch(records, n - 1, n, now);
                for (std::size_t j = plays.committed(); j < n; ++j)
                    plays.commit_batch(records, j, j + 1, now);
            } else {
                plays.commit_batch(records, n - 1, n, now);
            }
            if (dice() % 4 == 0)
                plays.pass_time(now);
            if (i % 10 == 0) {
                now += 1ms;
                plays.commit_batch(records, n, n, now);  // forgets what has left the window
                const timestamp published =
                    std::max(now, plays.rolls().known().latest_publication() + 1ms);
                ASSERT_EQ(
                    read_ledger_back(plays.out(), published - how.window, dice)->describe(),
                    plays.rolls().known().describe()
                ) << "seed "
                  << seed << " step " << i;
            }
        }
    }
}

ledger_entry joined(
    const std::string& meeting, const std::string& who, std::uint64_t sequence, timestamp at
)
{
    return {
        .id = make_event_id("s", meeting + who),
        .source = "s",
        .meeting = meeting,
        .kind = kind::participant_joined,
        .participant = who,
        .occurred_at = at,
        .sequence = sequence,
        .published_at = at,
        .facts = "{}"};
}

TEST(Ledger, RollbackUndoesWhatWasRecordedSinceTheLastCommit)
{
    ledger known;
    known.record(joined("m", "a", 1, day_one));
    known.commit();
    const auto before = known.describe();
    known.record(joined("m", "b", 2, day_one + 1s));
    known.record(joined("n", "c", 1, day_one + 1s));
    known.record(
        {.id = make_event_id("s", "settled"),
         .source = "s",
         .meeting = "m",
         .kind = kind::meeting_settled,
         .occurred_at = day_one,
         .via = way::derived,
         .sequence = 3,
         .published_at = day_one + 2s}
    );
    EXPECT_TRUE(known.is_settled("s", "m"));
    known.rollback();
    EXPECT_EQ(known.describe(), before);
    EXPECT_FALSE(known.knows_meeting("s", "n"));
    EXPECT_FALSE(known.first_way(make_event_id("s", "mb")));
    EXPECT_EQ(known.last_sequence("s", "m", channel::attendance), 1U);
}

TEST(Ledger, ForgetsAtTheMillisecond)
{
    ledger known;
    known.record(joined("m", "a", 1, day_one));
    known.record(joined("m", "b", 2, day_one + 1ms));
    known.commit();
    known.forget(day_one);
    EXPECT_EQ(known.identities(), 2U);
    EXPECT_TRUE(known.remembers_all("s", "m", channel::attendance));
    known.forget(day_one + 1ms);
    EXPECT_EQ(known.identities(), 1U);
    EXPECT_FALSE(known.remembers_all("s", "m", channel::attendance));
    EXPECT_EQ(known.last_sequence("s", "m", channel::attendance), 2U);
    known.forget(day_one + 2ms);
    EXPECT_FALSE(known.knows_meeting("s", "m"));
}

}  // namespace
}  // namespace rollcall::test
