#include "poller/poller.hpp"

#include "providers/given_up.hpp"
#include "scene.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;

TEST(Poller, StoresRowsInOrderAndMovesOnOnlyThen)
{
    scene on;
    on.api.answers("/bot_1", page("a", "b", "c"));
    on.journal.hold();
    on.start();
    on.relay_owns(0, {on.meeting("bot_1")});

    const auto rows = on.journal.wait_for(3);
    EXPECT_EQ(bodies(rows), (std::vector<std::string>{"a", "b", "c"}));
    for (const auto& row : rows) {
        EXPECT_EQ(row.key, "bot_1");
        EXPECT_EQ(row.source, "prod");
        EXPECT_EQ(row.provider, "fake");
        EXPECT_EQ(row.via, way::poll);
        EXPECT_EQ(row.item, "row");
        EXPECT_EQ(row.received_at, scene::noon);
        EXPECT_EQ(row.notice, tracking_sign::none);
        EXPECT_EQ(row.traceparent, rows.front().traceparent);
        EXPECT_EQ(row.traceparent.size(), 55U);
    }
    EXPECT_TRUE(on.store.kept().empty());  // nothing is acknowledged yet
    EXPECT_EQ(on.api.asked("/bot_1"), 1U);

    on.journal.release();
    const auto kept = on.store.wait_for_kept(1);
    EXPECT_EQ(kept.front().what, (tracked{"prod", "bot_1", R"({"at":3})"}));
    EXPECT_EQ(kept.front().partition, 0);
    EXPECT_EQ(kept.front().ticket, 1U);
    on.api.wait_for("/bot_1", 2);  // and goes on
    EXPECT_EQ(on.polls.counts("prod")->rows, 3U);
}

TEST(Poller, AsksAnIdleMeetingWithoutWritingAnything)
{
    scene on;
    on.start();
    on.relay_owns(0, {on.meeting("bot_1")});
    on.api.wait_for("/bot_1", 20);
    on.stop();
    EXPECT_TRUE(on.journal.records().empty());
    EXPECT_TRUE(on.store.kept().empty());
}

TEST(Poller, AsksForTheSameRowsAgainWhenOneIsNotStored)
{
    scene on;
    on.api.answers("/bot_1", page("a", "b", "c"));
    on.journal.fail("b", errc::kafka_timed_out);
    on.start();
    on.relay_owns(0, {on.meeting("bot_1")});
    const auto rows = on.journal.wait_for(5);
    EXPECT_EQ(bodies(rows), (std::vector<std::string>{"a", "c", "a", "b", "c"}));
    EXPECT_EQ(on.store.wait_for_kept(1).front().what.state, R"({"at":3})");
    EXPECT_EQ(on.store.kept().size(), 1U);
}

TEST(Poller, ARowThatCannotBeStoredIsTriedAgainThenPassedOverAndToldOf)
{
    scene on;
    on.api.answers("/bot_1", page("a", "poison", "b"));
    on.journal.fail("poison", errc::kafka_rejected, 1'000'000);
    on.start();
    on.relay_owns(0, {on.meeting("bot_1")});
    const auto kept = on.store.wait_for_kept(1);
    EXPECT_EQ(kept.front().what.state, R"({"at":3})");
    on.stop();
    const auto records = on.journal.records();
    ASSERT_EQ(records.size(), 7U);  // three times what can be stored, and the word of what cannot
    const auto& told = records.back();
    EXPECT_EQ(told.item, given_up_item);
    EXPECT_EQ(told.key, "bot_1");
    EXPECT_EQ(told.source, "prod");
    EXPECT_EQ(told.via, way::poll);
    const auto what = read_given_up(told.body);
    ASSERT_TRUE(what);
    EXPECT_EQ(*what, (given_up{"/bot_1", make_error_code(errc::kafka_rejected).message(), 3}));
    EXPECT_EQ(on.polls.counts("prod")->given_up, 1U);
}

// What refuses everything is not at fault with a row.
TEST(Poller, NothingIsPassedOverWhileTheWordOfItIsRefusedToo)
{
    scene on;
    on.api.answers("/bot_1", page("poison"));
    on.api.answers("/bot_2", page("a"));
    on.journal.fail("poison", errc::kafka_rejected, 8);
    for (std::uint32_t tries = 3; tries < 8; ++tries) {
        const given_up what{"/bot_1", make_error_code(errc::kafka_rejected).message(), tries};
        on.journal.fail(make_row("", what).body, errc::kafka_rejected);
    }
    on.start();
    on.relay_owns(0, {on.meeting("bot_1"), on.meeting("bot_2")});
    on.store.wait_for_kept(2);
    on.stop();
    const auto records = on.journal.records();
    EXPECT_EQ(std::ranges::count(records, "poison", &intake_record::body), 0);
    EXPECT_EQ(std::ranges::count(records, "a", &intake_record::body), 1);
    EXPECT_EQ(std::ranges::count(records, given_up_item, &intake_record::item), 1);
    EXPECT_EQ(read_given_up(records.back().body)->tries, 8U);
}

TEST(Poller, APlanHearsOfAnAnswerThatCannotBeTakenInAndNotOfOneThatHasNotCome)
{
    scene on;
    on.api.fail("/bot_1", errc::cannot_connect, 2);
    on.api.fail("/bot_1", errc::answer_too_large, 1);
    on.start();
    on.relay_owns(0, {on.meeting("bot_1")});
    EXPECT_EQ(
        bodies(on.journal.wait_for(1)),
        std::vector<std::string>{make_error_code(errc::answer_too_large).message()}
    );
    EXPECT_EQ(on.polls.counts("prod")->failed, 2U);
}

TEST(Poller, TellsThatAMeetingIsCompleteOnceItsRowsAreStored)
{
    scene on;
    on.api.answers("/bot_1?end", page("a", "b"));
    on.journal.fail("b", errc::kafka_timed_out);
    on.start();
    on.relay_owns(0, {on.meeting("bot_1")});
    on.sign(0, "bot_1", tracking_sign::ended);
    const auto forgotten = on.store.wait_for_forgotten(1);
    EXPECT_EQ(forgotten.front().what.meeting, "bot_1");
    on.stop();
    const auto rows = on.journal.records();
    EXPECT_EQ(bodies(rows), (std::vector<std::string>{"a", "a", "b", ""}));
    EXPECT_EQ(rows.back().notice, tracking_sign::swept);
    EXPECT_EQ(rows.back().key, "bot_1");
    EXPECT_EQ(rows.back().source, "prod");
    EXPECT_EQ(on.polls.counts("prod")->followed, 0U);
}

TEST(Poller, TheWordThatAMeetingIsCompleteIsRepeatedUntilItIsStored)
{
    scene on;
    on.api.answers("/bot_1?end", page("a"));
    on.journal.fail("", errc::kafka_timed_out, 2);
    on.start();
    on.relay_owns(0, {on.meeting("bot_1")});
    on.sign(0, "bot_1", tracking_sign::ended);
    on.store.wait_for_forgotten(1);
    on.stop();
    EXPECT_EQ(bodies(on.journal.records()), (std::vector<std::string>{"a", "a", "a", ""}));
}

TEST(Poller, GoesOnFromItsPredecessorsState)
{
    scene on;
    on.api.answers("/bot_1", page("a", "b", "c", "d"));
    on.start();
    on.relay_owns(0, {on.meeting("bot_1", R"({"at":3})")});
    EXPECT_EQ(bodies(on.journal.wait_for(1)), std::vector<std::string>{"d"});
    EXPECT_EQ(on.store.wait_for_kept(1).front().what.state, R"({"at":4})");
}

TEST(Poller, FollowsTheListOfASourceWhosePartitionItIs)
{
    scene on;
    on.api.answers("/list", page("bot"));
    on.start();
    on.relay_owns(4, {});
    on.relay_owns(scene::list_partition, {});
    EXPECT_EQ(bodies(on.journal.wait_for(1)), std::vector<std::string>{"bot"});
    const auto kept = on.store.wait_for_kept(1).front();
    EXPECT_EQ(kept.what, (tracked{"prod", "", R"({"at":1})"}));
    EXPECT_EQ(kept.partition, scene::list_partition);
    EXPECT_EQ(kept.ticket, 2U);
    // Told of it by the relay: followed once all the same.
    on.relay_owns(scene::list_partition, {tracked{"prod", "", R"({"at":1})"}});
    on.api.wait_for("/list", 10);
    on.stop();
    EXPECT_EQ(on.polls.counts("prod")->followed, 1U);
}

TEST(Poller, FollowsWhatIsSeenOnceAndNoMoreWhatIsDropped)
{
    scene on;
    on.start();
    on.sign(0, "bot_0", tracking_sign::seen);  // of a partition that is not ours
    on.relay_owns(0, {});
    on.sign(0, "bot_1", tracking_sign::seen);
    on.sign(0, "bot_1", tracking_sign::seen);
    on.sign(0, "bot_1", tracking_sign::swept);
    on.sign(0, "bot_9", tracking_sign::none);
    on.sign(0, "bot_9", tracking_sign::drop);
    on.api.wait_for("/bot_1", 3);
    EXPECT_EQ(on.polls.counts("prod")->followed, 1U);
    EXPECT_TRUE(on.store.kept().empty());  // the relay has kept it already
    on.sign(0, "bot_1", tracking_sign::drop);
    EXPECT_TRUE(eventually(5s, [&] { return on.polls.counts("prod")->followed == 0; }));
    on.stop();
    // The relay has forgotten it already; by now it may be tracked anew.
    EXPECT_TRUE(on.store.forgotten().empty());
    EXPECT_EQ(on.api.asked("/bot_0") + on.api.asked("/bot_9"), 0U);
}

TEST(Poller, SweepsWhatItFollowsAndWhatItDoesNot)
{
    scene on;
    on.api.answers("/bot_1", page("a"));
    on.api.answers("/bot_2", page("b"));
    on.start();
    on.relay_owns(0, {on.meeting("bot_1", R"({"at":1})")});
    on.api.wait_for("/bot_1", 2);
    EXPECT_TRUE(on.journal.records().empty());
    on.sign(0, "bot_1", tracking_sign::sweep);
    EXPECT_EQ(bodies(on.journal.wait_for(1)), std::vector<std::string>{"a"});
    on.sign(0, "bot_2", tracking_sign::sweep);
    EXPECT_EQ(bodies(on.journal.wait_for(2)), (std::vector<std::string>{"a", "b"}));
}

TEST(Poller, TellsAPlanThatItsMeetingHasSettled)
{
    scene on;
    on.start();
    on.relay_owns(0, {on.meeting("bot_marked"), on.meeting("bot_2")});
    on.sign(0, "bot_marked", tracking_sign::ended);
    on.api.wait_for("/bot_marked?end", 1);
    on.polls.on_settled(0, "prod", "bot_unknown", "told");
    on.polls.on_settled(0, "prod", "bot_marked", "told");
    on.store.wait_for_forgotten(1);
    EXPECT_EQ(on.api.asked("/bot_marked?told"), 1U);
    EXPECT_EQ(on.api.asked("/bot_unknown?told"), 0U);
    on.api.wait_for("/bot_2", 1);  // the others go on
}

TEST(Poller, TellsASettlingOnlyAfterTheRequestThatIsOut)
{
    scene on;
    on.api.hold();
    on.start();
    on.relay_owns(0, {on.meeting("bot_marked")});
    on.api.wait_for("/bot_marked", 1);
    on.sign(0, "bot_marked", tracking_sign::ended);
    on.polls.on_settled(0, "prod", "bot_marked", "told");
    on.relay_owns(1, {on.meeting("bot_2")});
    on.api.wait_for("/bot_2", 1);  // so both have been taken
    on.api.release();
    on.store.wait_for_forgotten(1);
    EXPECT_EQ(on.api.asked("/bot_marked?told"), 1U);
}

TEST(Poller, APlanHearsNothingBetweenItsRequestAndWhatCameOfIt)
{
    scene on;
    on.api.hold();
    on.start();
    on.relay_owns(0, {on.meeting("bot_1")});
    on.api.wait_for("/bot_1", 1);
    on.sign(0, "bot_1", tracking_sign::ended);
    on.sign(0, "bot_1", tracking_sign::sweep);
    on.relay_owns(1, {on.meeting("bot_2")});
    on.api.wait_for("/bot_2", 1);  // so the signs have been taken
    on.api.release();
    on.store.wait_for_forgotten(1);  // the plan fails the test if it is told in between
}

TEST(Poller, StoresNothingOfAPartitionThatIsGivenUp)
{
    scene on;
    on.api.answers("/bot_1", page("a"));
    on.api.hold();
    on.start();
    on.relay_owns(0, {on.meeting("bot_1")});
    on.api.wait_for("/bot_1", 1);
    on.polls.on_given_up(0);
    on.relay_owns(1, {on.meeting("bot_2")});
    on.api.wait_for("/bot_2", 1);
    on.api.release();
    on.api.wait_for("/bot_2", 5);
    on.stop();
    EXPECT_TRUE(on.journal.records().empty());
    EXPECT_TRUE(on.store.kept().empty());
    EXPECT_EQ(on.api.asked("/bot_1"), 1U);
    EXPECT_EQ(on.polls.counts("prod")->followed, 1U);
}

TEST(Poller, KeepsNothingOfAPartitionGivenUpWhileItsRowsWereOnTheirWay)
{
    scene on;
    on.api.answers("/bot_1", page("a"));
    on.journal.hold();
    on.start();
    on.relay_owns(0, {on.meeting("bot_1")});
    on.journal.wait_for(1);
    on.polls.on_given_up(0);
    on.relay_owns(1, {on.meeting("bot_2")});
    on.api.wait_for("/bot_2", 1);
    on.journal.release();
    on.api.wait_for("/bot_2", 5);
    on.stop();
    EXPECT_TRUE(on.store.kept().empty());
}

TEST(Poller, APartitionThatComesBackIsFollowedUnderItsNewTicket)
{
    scene on;
    on.api.answers("/bot_1", page("a"));
    on.api.hold();
    on.start();
    on.relay_owns(0, {on.meeting("bot_1")});
    on.api.wait_for("/bot_1", 1);
    on.polls.on_given_up(0);
    on.relay_owns(0, {on.meeting("bot_1")});
    on.api.wait_for("/bot_1", 2);
    on.api.release();
    EXPECT_EQ(on.store.wait_for_kept(1).front().ticket, 2U);
    on.api.wait_for("/bot_1", 5);
    on.stop();
    EXPECT_EQ(bodies(on.journal.records()), std::vector<std::string>{"a"});
    EXPECT_EQ(on.store.kept().size(), 1U);
}

TEST(Poller, AFailedRequestIsMadeAgainAndItsSourceCounted)
{
    scene on;
    on.api.answers("/bot_1", page("a"));
    on.api.fail("/bot_1", errc::stopped, 2);
    on.api.refuse("/bot_1", 500, 2);
    on.start();
    on.relay_owns(0, {on.meeting("bot_1")});
    EXPECT_EQ(bodies(on.journal.wait_for(1)), std::vector<std::string>{"a"});
    EXPECT_EQ(on.polls.counts("prod")->failed, 4U);
}

TEST(Poller, ADeniedSourceStopsWhileAnotherGoesOn)
{
    scene on;
    for (const auto* target : {"/bot_1", "/bot_2", "/bot_3"})
        on.api.refuse(target, 401, 1'000'000);
    on.start();
    on.relay_owns(0, {on.meeting("bot_1"), on.meeting("bot_2"), on.meeting("bot_3")});
    on.relay_owns(1, {tracked{"other", "bot_4", ""}});
    on.api.wait_for("/bot_4", 100);
    const auto stopped_after = on.polls.counts("prod")->requests.load();
    on.api.wait_for("/bot_4", 200);
    EXPECT_EQ(on.polls.counts("prod")->requests, stopped_after);
    EXPECT_LE(stopped_after, 3U);
    EXPECT_EQ(on.polls.counts("prod")->denied, stopped_after);
    ASSERT_TRUE(eventually(5s, [&] { return on.polls.states().at(0).denied; }));
    EXPECT_FALSE(on.polls.states().at(1).denied);
}

TEST(Poller, AThrottledCredentialIsSilentForItsOwnSourcesOnly)
{
    scene on;
    on.api.refuse("/bot_1", 429, 1, "3600");
    on.start();
    on.relay_owns(0, {on.meeting("bot_1")});
    on.api.wait_for("/bot_1", 1);
    on.relay_owns(1, {tracked{"twin", "bot_2", ""}, tracked{"other", "bot_3", ""}});
    on.api.wait_for("/bot_3", 100);
    EXPECT_EQ(on.api.asked("/bot_1"), 1U);
    EXPECT_EQ(on.api.asked("/bot_2"), 0U);
    EXPECT_EQ(on.polls.counts("prod")->throttled, 1U);
}

TEST(Poller, LeavesSourcesAloneThatAreNotPolled)
{
    scene on;
    on.start();
    on.relay_owns(0, {tracked{"gone", "bot_1", ""}, on.meeting("unpollable"), on.meeting("bot_2")});
    on.api.wait_for("/bot_2", 3);
    EXPECT_EQ(on.api.asked("/bot_1") + on.api.asked("/unpollable"), 0U);
    EXPECT_EQ(on.polls.counts("prod")->followed, 1U);
    EXPECT_EQ(on.polls.counts("gone"), nullptr);
}

TEST(Poller, StopsAtOnceWhileAProviderIsSlow)
{
    scene on;
    on.api.hold();
    on.start();
    on.relay_owns(0, {on.meeting("bot_1"), on.meeting("bot_2")});
    on.api.wait_for("/bot_1", 1);
    const auto before = std::chrono::steady_clock::now();
    on.polls.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - before, 1s);
    on.polls.stop();
    on.relay_owns(1, {on.meeting("bot_3")});  // too late, and harmless
}

TEST(Poller, WaitsForTheRowsInTheJournalWhenItStops)
{
    scene on;
    on.api.answers("/bot_1", page("a"));
    on.journal.hold();
    on.start();
    on.relay_owns(0, {on.meeting("bot_1")});
    on.journal.wait_for(1);
    std::thread stopping{[&] { on.polls.stop(); }};
    on.journal.release();
    stopping.join();
}

TEST(Poller, TellsHowItsSourcesStand)
{
    scene on;
    on.api.answers("/bot_1", page("a"));
    on.start();
    on.relay_owns(0, {on.meeting("bot_1"), on.meeting("bot_2")});
    ASSERT_TRUE(eventually(5s, [&] { return on.polls.states().at(0).followed == 2; }));
    const auto states = on.polls.states();
    ASSERT_EQ(states.size(), 3U);
    EXPECT_EQ(states[0].source, "prod");
    EXPECT_EQ(states[1].source, "other");
    EXPECT_EQ(states[2].source, "twin");
    EXPECT_LT(states[0].due_lag, 5s);
    EXPECT_FALSE(states[0].denied || states[0].failing || states[0].throttled);
}

TEST(Poller, IsToldByAnotherThreadAllTheTime)
{
    scene on;
    on.start();
    std::thread relay{[&] {
        for (int round = 0; round < 200; ++round) {
            on.relay_owns(0, {on.meeting("bot_1"), on.meeting("bot_2")});
            on.sign(0, "bot_3", tracking_sign::seen);
            on.sign(0, "bot_1", tracking_sign::ended);
            on.sign(0, "bot_2", tracking_sign::drop);
            on.polls.on_given_up(0);
        }
        on.relay_owns(0, {on.meeting("bot_4")});
    }};
    while (on.polls.counts("prod")->requests < 1)
        (void)on.polls.states();
    relay.join();
    on.api.wait_for("/bot_4", 3);
    on.stop();
    EXPECT_EQ(on.polls.counts("prod")->followed, 1U);
}

}  // namespace
}  // namespace rollcall::test
