#include "listener/key_ring.hpp"

#include <gmock/gmock.h>

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr steady_time start{std::chrono::hours{5}};

webhook_key key(const std::string& bytes)
{
    return {bytes, key_kind::rsa};
}

class KeyRing : public testing::Test {
protected:
    key_ring ring{{.refresh = 1h, .refetch = 60s, .grace = 24h}};

    void fetch(const std::string& bytes, steady_time at)
    {
        ring.began(at);
        ring.fetched(key(bytes), at);
    }
    std::vector<std::string> valid(steady_time at) const
    {
        std::vector<std::string> bytes;
        for (const auto& each : ring.valid(at))
            bytes.push_back(each.bytes);
        return bytes;
    }
};

TEST_F(KeyRing, AsksAtOnceAndHasNoKeyUntilThen)
{
    EXPECT_LE(ring.next_fetch(), start);
    EXPECT_TRUE(ring.may_refetch(start));
    EXPECT_THAT(valid(start), IsEmpty());
    EXPECT_FALSE(ring.confirmed_since(steady_time::min()));
}

TEST_F(KeyRing, KeepsAKeyForAnHourAndGoesOnWithItWhenNobodyAnswers)
{
    fetch("a", start);
    EXPECT_EQ(ring.next_fetch(), start + 1h);
    ring.began(start + 1h);
    ring.failed(start + 1h);
    EXPECT_THAT(valid(start + 1'000h), ElementsAre("a"));
}

TEST_F(KeyRing, TriesAgainSoonerAfterAFailureButNotMoreOftenThanAllowed)
{
    std::vector<std::int64_t> waits;
    auto now = start;
    for (int i = 0; i < 9; ++i) {
        ring.began(now);
        ring.failed(now);
        waits.push_back((ring.next_fetch() - now) / 1s);
        now = ring.next_fetch();
    }
    EXPECT_THAT(waits, ElementsAre(1, 2, 4, 8, 16, 32, 60, 60, 60));
    EXPECT_EQ(ring.failures(), 9U);
    fetch("a", now);
    EXPECT_EQ(ring.failures(), 0U);
}

TEST_F(KeyRing, AsksAgainBecauseOfAFailedCheckOnceAMinute)
{
    fetch("a", start);
    EXPECT_FALSE(ring.may_refetch(start + 59s));
    EXPECT_TRUE(ring.may_refetch(start + 60s));
    ring.began(start + 60s);
    EXPECT_FALSE(ring.may_refetch(start + 119s));
    EXPECT_TRUE(ring.may_refetch(start + 120s));
}

TEST_F(KeyRing, ConfirmsOnlyByAFetchThatBeganLater)
{
    ring.began(start);
    EXPECT_FALSE(ring.confirmed_since(start));
    ring.fetched(key("a"), start + 1s);
    EXPECT_TRUE(ring.confirmed_since(start));
    EXPECT_FALSE(ring.confirmed_since(start + 1ms));
    ring.began(start + 60s);
    ring.failed(start + 61s);
    EXPECT_FALSE(ring.confirmed_since(start + 1ms));
}

TEST_F(KeyRing, KeepsTheKeyBeforeForItsGraceTime)
{
    fetch("a", start);
    fetch("b", start + 1h);
    EXPECT_THAT(valid(start + 1h), ElementsAre("b", "a"));
    EXPECT_EQ(ring.next_expiry(start + 1h), start + 25h);
    EXPECT_THAT(valid(start + 25h - 1ms), ElementsAre("b", "a"));
    EXPECT_THAT(valid(start + 25h), ElementsAre("b"));
    EXPECT_FALSE(ring.next_expiry(start + 25h));
}

TEST_F(KeyRing, TheSameKeyAgainStartsNoGraceTime)
{
    fetch("a", start);
    fetch("a", start + 1h);
    EXPECT_THAT(valid(start + 1h), ElementsAre("a"));
}

TEST_F(KeyRing, AKeyThatComesBackCountsAsTheNewestAndOnce)
{
    fetch("a", start);
    fetch("b", start + 1h);
    fetch("a", start + 2h);
    EXPECT_THAT(valid(start + 2h), ElementsAre("a", "b"));
    EXPECT_THAT(valid(start + 26h), ElementsAre("a"));
}

TEST_F(KeyRing, KeepsFewWhateverTheServerNames)
{
    for (int i = 0; i < 100; ++i)
        fetch("k" + std::to_string(i), start + i * 1s);
    EXPECT_THAT(valid(start + 100s), ElementsAre("k99", "k98", "k97", "k96", "k95"));
}

}  // namespace
}  // namespace rollcall
