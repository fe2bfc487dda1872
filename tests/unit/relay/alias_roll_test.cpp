// Somebody whom the provider's two ways may know by different ids is one participant, under the id
// that was told first.
#include "story.hpp"

#include <gmock/gmock.h>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

event peer_event(
    kind what, const std::string& peer, timestamp at, way via, const std::string& alias = {}
)
{
    auto made = make_event(
        what, "s1", peer, at, "kit:s1:" + peer + ':' + std::string{to_string(what)}, via
    );
    made.counts_occurrences = true;
    made.alias = alias;
    made.received_at = at + 1s;
    return made;
}

// By webhook and by poll, which has another clock as well.
event join_told(timestamp at = day_one)
{
    return peer_event(kind::participant_joined, "row", at, way::webhook);
}
event join_polled(timestamp at = day_one + 42s)
{
    return peer_event(kind::participant_joined, "peer", at, way::poll, "row");
}
event leave_told(timestamp at = day_one + 10min)
{
    return peer_event(kind::participant_left, "row", at, way::webhook);
}
event leave_polled(timestamp at = day_one + 10min + 42s)
{
    return peer_event(kind::participant_left, "peer", at, way::poll, "row");
}

struct told {
    player plays{roll_settings{}};
    std::vector<record> records;

    void tell(event e)
    {
        const auto at = std::max(
            e.received_at, records.empty() ? timestamp{} : records.back().what.received_at + 1ms
        );
        e.received_at = at;
        records.push_back({std::move(e), static_cast<std::int64_t>(records.size())});
        plays.commit_batch(records, records.size() - 1, records.size(), at);
    }
    void wait() { plays.pass_time(records.back().what.received_at + 3s); }

    std::vector<std::string> lines() const
    {
        std::vector<std::string> all;
        for (const auto& p : plays.out())
            all.push_back(
                std::string{to_string(p.what.kind)} + ' ' + p.what.participant->id +
                (p.what.alias.empty() ? "" : " or " + p.what.alias) + ' ' +
                std::to_string(p.occurrence)
            );
        return all;
    }
};

TEST(Alias, OfSomebodyAWebhookHasToldOf)
{
    told of;
    of.tell(join_told());
    of.wait();
    of.tell(join_polled());
    of.tell(leave_polled());
    of.wait();
    of.tell(leave_told());
    of.wait();
    EXPECT_THAT(
        of.lines(), ElementsAre("participant.joined row 1", "participant.left row or peer 1")
    );
}

TEST(Alias, OfSomebodyAPollHasToldOf)
{
    told of;
    of.tell(join_polled());
    of.wait();
    of.tell(join_told());
    of.tell(leave_told());
    of.wait();
    of.tell(leave_polled());
    of.wait();
    EXPECT_THAT(
        of.lines(),
        ElementsAre("participant.joined peer or row 1", "participant.left peer or row 1")
    );
}

TEST(Alias, OfSomebodyWhoseFirstEventIsStillHeld)
{
    told poll_first;
    poll_first.tell(join_polled(day_one));
    poll_first.tell(join_told(day_one));
    poll_first.wait();
    EXPECT_THAT(poll_first.lines(), ElementsAre("participant.joined peer or row 1"));
    told webhook_first;
    webhook_first.tell(join_told(day_one));
    webhook_first.tell(join_polled(day_one));
    webhook_first.wait();
    EXPECT_THAT(webhook_first.lines(), ElementsAre("participant.joined row 1"));
}

TEST(Alias, IsKnownAgainAfterARestart)
{
    told of;
    of.tell(join_polled());
    of.wait();
    of.plays.restart(day_one + 5min);
    of.tell(join_told());
    of.tell(leave_told());
    of.wait();
    EXPECT_THAT(
        of.lines(),
        ElementsAre("participant.joined peer or row 1", "participant.left peer or row 1")
    );
    std::mt19937 dice{1};
    EXPECT_EQ(
        read_ledger_back(of.plays.out(), timestamp{}, dice)->describe(),
        of.plays.rolls().known().describe()
    );
}

TEST(Alias, IsForgottenWithTheTransactionThatToldIt)
{
    told of;
    of.records.push_back({join_polled(), 0});
    of.records.push_back({leave_told(), 1});
    of.plays.abort_batch(of.records, 0, 2, of.records.back().what.received_at + 3s);
    EXPECT_FALSE(of.plays.rolls().known().known_as("attendee-prod", "s1", "row"));
    of.plays.commit_batch(of.records, 0, 2, of.records.back().what.received_at);
    of.wait();
    EXPECT_EQ(of.lines().size(), 2U);
    EXPECT_EQ(of.plays.rolls().known().known_as("attendee-prod", "s1", "row"), "peer");
}

TEST(Alias, IsHeldAgainstASettledMeetingToo)
{
    told of;
    of.tell(join_told());
    auto end = make_event(kind::meeting_ended, "s1", "", day_one + 20min, "kit:s1:ended");
    of.tell(end);
    of.wait();
    of.plays.pass_time(day_one + 1h);
    of.plays.pass_time(day_one + 1h);
    const auto before = of.plays.out().size();
    of.tell(join_polled());
    of.wait();
    EXPECT_EQ(of.plays.out().size(), before);
}

TEST(Alias, DoesNotReachIntoAnotherMeeting)
{
    told of;
    of.tell(join_polled());
    auto elsewhere = join_told();
    elsewhere.meeting.id = "s2";
    of.tell(elsewhere);
    of.wait();
    EXPECT_THAT(
        of.lines(),
        testing::UnorderedElementsAre(
            "participant.joined peer or row 1", "participant.joined row 1"
        )
    );
}

}  // namespace
}  // namespace rollcall::test
