// Meetings of a source that is polled: they settle by their last sweep, and what was published of
// them before the window can be recalled.
#include "relay/roll.hpp"
#include "story.hpp"

#include <gmock/gmock.h>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string source = make_event(kind::meeting_ended, "m", "", day_one, "x").source;

roll_settings polled()
{
    return {.polled = {source}};
}

std::vector<std::string> kinds_of(const std::vector<publication>& out)
{
    std::vector<std::string> names;
    names.reserve(out.size());
    for (const auto& p : out)
        names.emplace_back(to_string(p.what.kind));
    return names;
}

class PolledRoll : public testing::Test {
protected:
    roll rolls{polled(), std::make_unique<ledger>(source_set{source})};
    std::vector<publication> out;
    std::int64_t offset = 0;

    decision offer(kind what, const std::string& who, timestamp at, const std::string& id, way via)
    {
        auto e = make_event(what, "m", who, at, id, via);
        e.received_at = at;
        rolls.begin(at);
        rolls.advance(at, out);
        return rolls.offer(std::move(e), offset++, out);
    }
    void pass(timestamp now)
    {
        rolls.reach_end();
        rolls.begin(now);
        rolls.release(out);
    }
};

TEST_F(PolledRoll, SettlesWhenItsLastSweepIsDoneAndNotByTime)
{
    offer(kind::participant_joined, "p", day_one, "1", way::webhook);
    offer(kind::meeting_ended, "", day_one + 1s, "2", way::webhook);
    pass(day_one + 10h);
    rolls.commit();
    EXPECT_THAT(kinds_of(out), ElementsAre("participant.joined", "meeting.ended"));
    EXPECT_FALSE(rolls.next_due());

    out.clear();
    rolls.finish_sweep(source, "m", out);
    rolls.commit();
    EXPECT_THAT(kinds_of(out), ElementsAre("participant.left", "meeting.settled"));
    EXPECT_EQ(out[0].what.via, way::derived);

    out.clear();
    rolls.finish_sweep(source, "m", out);
    EXPECT_THAT(out, IsEmpty());
}

TEST_F(PolledRoll, SettlesWithoutItsSweepBeforeItsEndIsForgotten)
{
    const auto window = polled().window;
    offer(kind::participant_joined, "p", day_one, "1", way::webhook);
    offer(kind::meeting_ended, "", day_one + 1s, "2", way::webhook);
    pass(day_one + 10s);  // both are published now
    rolls.commit();
    pass(day_one + 10s + window * 9 / 10 - 1ms);
    rolls.commit();
    EXPECT_THAT(kinds_of(out), ElementsAre("participant.joined", "meeting.ended"));

    // The word that the sweep is done may stand in what has not been read yet.
    out.clear();
    const auto late = day_one + 10s + window * 9 / 10;
    rolls.begin(late);
    rolls.advance(day_one + 20s, out);
    rolls.release(out);
    EXPECT_THAT(out, IsEmpty());

    pass(late);
    rolls.rollback();  // and once more
    out.clear();
    pass(late);
    rolls.commit();
    EXPECT_THAT(kinds_of(out), ElementsAre("participant.left", "meeting.settled"));
    EXPECT_EQ(out[0].what.occurred_at, day_one + 1s);
    const auto audits = rolls.take_audits();
    ASSERT_EQ(audits.size(), 1U);
    EXPECT_FALSE(audits[0].swept);
    EXPECT_EQ(audits[0].meeting, "m");

    out.clear();
    rolls.finish_sweep(source, "m", out);
    pass(late + window / 20);
    EXPECT_THAT(out, IsEmpty());
}

TEST_F(PolledRoll, PublishesWhatItHoldsBeforeItSettles)
{
    offer(kind::meeting_ended, "", day_one + 1s, "2", way::poll);
    offer(kind::participant_joined, "p", day_one, "1", way::poll);
    rolls.finish_sweep(source, "m", out);
    EXPECT_THAT(
        kinds_of(out),
        ElementsAre("participant.joined", "meeting.ended", "participant.left", "meeting.settled")
    );
}

TEST_F(PolledRoll, DoesNotSettleAMeetingThatHasNotEnded)
{
    offer(kind::participant_joined, "p", day_one, "1", way::poll);
    rolls.finish_sweep(source, "m", out);
    rolls.finish_sweep(source, "another", out);
    EXPECT_THAT(kinds_of(out), ElementsAre("participant.joined"));
}

TEST_F(PolledRoll, ListsEndedMeetingsThatNobodyHasSwept)
{
    offer(kind::meeting_ended, "", day_one, "2", way::webhook);
    pass(day_one + 10s);
    rolls.commit();
    const auto waiting = rolls.known().awaiting_sweep();
    ASSERT_EQ(waiting.size(), 1U);
    EXPECT_EQ(waiting[0].source, source);
    EXPECT_EQ(waiting[0].meeting, "m");
    rolls.finish_sweep(source, "m", out);
    rolls.commit();
    EXPECT_THAT(rolls.known().awaiting_sweep(), IsEmpty());
}

TEST_F(PolledRoll, AMeetingOfASourceThatIsNotPolledSettlesByTime)
{
    roll by_time{{.polled = {"another"}}, std::make_unique<ledger>(source_set{"another"})};
    auto e = make_event(kind::meeting_ended, "m", "", day_one, "1");
    e.received_at = day_one;
    by_time.begin(day_one);
    by_time.advance(day_one, out);
    by_time.offer(std::move(e), 0, out);
    by_time.reach_end();
    by_time.begin(day_one + 61s);
    by_time.release(out);
    EXPECT_THAT(kinds_of(out), ElementsAre("meeting.ended", "meeting.settled"));
}

TEST_F(PolledRoll, CountsWhichWayToldWhatWhenItSettles)
{
    offer(kind::participant_joined, "a", day_one, "both, webhook first", way::webhook);
    offer(kind::participant_joined, "b", day_one, "webhook only", way::webhook);
    offer(kind::participant_joined, "c", day_one, "both, poll first", way::poll);
    offer(kind::participant_joined, "d", day_one, "poll only", way::poll);
    pass(day_one + 10s);
    rolls.commit();
    // Copies, one of them twice, and a retry by the same way.
    const auto later = day_one + 20s;
    offer(kind::participant_joined, "a", later, "both, webhook first", way::poll);
    offer(kind::participant_joined, "a", later, "both, webhook first", way::poll);
    offer(kind::participant_joined, "b", later, "webhook only", way::webhook);
    offer(kind::participant_joined, "c", later, "both, poll first", way::webhook);
    offer(kind::meeting_ended, "", later, "end", way::poll);
    offer(kind::meeting_ended, "", later, "end", way::webhook);  // while the first is held
    rolls.commit();
    EXPECT_THAT(rolls.take_audits(), IsEmpty());

    // Aborted: not counted, and told again the next time.
    rolls.finish_sweep(source, "m", out);
    rolls.rollback();
    EXPECT_THAT(rolls.take_audits(), IsEmpty());

    offer(kind::meeting_ended, "", later, "end", way::poll);
    offer(kind::meeting_ended, "", later, "end", way::webhook);
    rolls.finish_sweep(source, "m", out);
    rolls.commit();
    const auto audits = rolls.take_audits();
    ASSERT_EQ(audits.size(), 1U);
    EXPECT_EQ(audits[0].source, source);
    EXPECT_EQ(audits[0].webhook_first, 1U);
    EXPECT_EQ(audits[0].poll_first, 2U);
    EXPECT_EQ(audits[0].webhook_only, 1U);
    EXPECT_EQ(audits[0].poll_only, 1U);
    EXPECT_THAT(rolls.take_audits(), IsEmpty());
}

TEST_F(PolledRoll, ARecalledMeetingGoesOnWhereItsTopicStands)
{
    const timestamp now = day_one + 24h * 30;
    pass(now);
    const auto old = make_event(kind::participant_joined, "m", "p", day_one, "known");
    EXPECT_EQ(
        offer(kind::participant_left, "p", day_one + 1h, "unknown", way::poll).what,
        decision::outcome::beyond_window
    );

    recalled_meeting all;
    all.published.emplace(make_event_id(source, old.identity), way::webhook);
    all.last_sequence[static_cast<std::size_t>(channel::attendance)] = 7;
    all.latest = day_one + 2h;
    rolls.recall(source, "m", std::move(all));

    const auto known = offer(kind::participant_joined, "p", day_one, "known", way::poll);
    EXPECT_EQ(known.what, decision::outcome::duplicate);
    EXPECT_EQ(known.first, way::webhook);
    EXPECT_EQ(
        offer(kind::participant_left, "p", day_one + 1h, "unknown", way::poll).what,
        decision::outcome::held
    );
    EXPECT_EQ(
        offer(kind::participant_joined, "q", day_one + 3h, "newer", way::poll).what,
        decision::outcome::held
    );
    rolls.finish_sweep(source, "m", out);
    ASSERT_EQ(kinds_of(out), (std::vector<std::string>{"participant.left", "participant.joined"}));
    EXPECT_EQ(out[0].sequence, 8U);
    EXPECT_EQ(out[1].sequence, 9U);
    EXPECT_TRUE(out[0].late);
    EXPECT_FALSE(out[1].late);
    rolls.commit();

    rolls.forget_recalled(source, "m");
    EXPECT_EQ(
        offer(kind::participant_left, "q", day_one + 4h, "too late", way::poll).what,
        decision::outcome::beyond_window
    );
}

TEST_F(PolledRoll, ARecalledMeetingThatHadSettledDoesNotSettleAgain)
{
    recalled_meeting all;
    all.settled = true;
    rolls.recall(source, "m", std::move(all));
    offer(kind::meeting_ended, "", day_one, "2", way::poll);
    rolls.finish_sweep(source, "m", out);
    ASSERT_EQ(kinds_of(out), (std::vector<std::string>{"meeting.ended"}));
    EXPECT_TRUE(out[0].late);
}

}  // namespace
}  // namespace rollcall::test
