// Of a roll: how a meeting that has ended comes to its `meeting.settled`.
#include "relay/message_reading.hpp"
#include "relay/roll.hpp"

#include <algorithm>

namespace rollcall {

using namespace std::chrono_literals;

std::optional<timestamp> roll::next_settling() const
{
    const auto received = ledger_->first_ending_received();
    if (!received)
        return std::nullopt;
    return *received + how_.settle_after;
}

// What the meeting still holds goes out first, whatever its hold. Then everyone still in leaves at
// the end's time, and the meeting is settled. A join told later than the end is left at its own
// time, so that "the greatest `occurred_at` tells who is in" stays true.
void roll::settle_first(std::vector<publication>& out)
{
    if (const auto first = ledger_->first_ending())
        settle_whole(*first, true, out);
}

// Counted by publishing times, as the window is. While the intake is not read to its end, the word
// that the sweep is done may still be in it.
void roll::settle_unswept(std::vector<publication>& out)
{
    const auto patience = how_.window - how_.window / 10;
    for (;;) {
        const auto ended = ledger_->first_unswept_published();
        if (!at_end_ || !ended || published_at_ < *ended + patience)
            return;
        const auto which = ledger_->first_unswept();
        if (!which || was_settled(which->source, which->meeting))
            return;
        settle_whole(*which, false, out);
    }
}

void roll::settle_whole(const ledger::unsettled& which, bool swept, std::vector<publication>& out)
{
    decide_gathered({which.source, which.meeting}, out);
    if (const auto in = lines_.find(meeting_name{which.source, which.meeting}); in != lines_.end())
        publish_line(in, in->second.begin(), in->second.end(), out);
    if (was_settled(which.source, which.meeting))
        return;
    if (const auto end = ledger_->end_of(which.source, which.meeting))
        settle(which, *end, swept, out);
}

void roll::finish_sweep(
    const std::string& source, const std::string& meeting, std::vector<publication>& out
)
{
    settle_whole({source, meeting}, true, out);
}

// In the window, or before it as far as that is known.
bool roll::was_settled(const std::string& source, const std::string& meeting) const
{
    const auto before = recalled_.find({source, meeting});
    return ledger_->is_settled(source, meeting) ||
           (before != recalled_.end() && before->second.settled);
}

void roll::settle(
    const ledger::unsettled& which,
    const ledger::ending& end,
    bool swept,
    std::vector<publication>& out
)
{
    const auto meeting = read_meeting(end.meeting_facts);
    event derived{
        .source = which.source,
        .provider = end.provider,
        .kind = kind::participant_left,
        .meeting = meeting ? *meeting : meeting_facts{.id = which.meeting},
        .participant = {},
        .occurred_at = end.occurred_at,
        .received_at = end.received_at,
        .via = way::derived,
        .provider_event_id = {},
        .provider_event_type = {},
        .data = "{}",
        .identity = {},
        .traceparent = {}};
    const auto send = [&](event e) {
        const event_id id = make_event_id(e.source, e.identity);
        publish(std::move(e), id, 1, std::nullopt, out);
    };

    for (const auto& present : ledger_->who_is_in(which.source, which.meeting)) {
        event left = derived;
        const auto facts = read_participant(present.facts);
        left.participant = facts ? *facts : participant_facts{.id = present.participant};
        left.occurred_at = std::max(end.occurred_at, present.since);
        left.identity = "derived:" + which.meeting + ":left:" + present.participant;
        send(std::move(left));
    }

    const auto sum = ledger_->count(which.source, which.meeting);
    if (how_.polled.contains(which.source)) {
        audits_.push_back(audit(which, sum, swept));
        settled_.emplace_back(which.source, which.meeting);
    }
    derived.kind = kind::meeting_settled;
    derived.identity = "derived:" + which.meeting + ":settled";
    derived.data = "{\"participants\":" + std::to_string(sum.participants) +
                   ",\"events\":" + std::to_string(sum.events) +
                   ",\"recovered\":" + std::to_string(sum.recovered) +
                   ",\"derived\":" + std::to_string(sum.derived) + '}';
    // The settling stands alone in its millisecond: what was published before or after it can be
    // told by the time, across the two topics, when they are read back.
    published_at_ += 1ms;
    send(std::move(derived));
    published_at_ += 1ms;
}

}  // namespace rollcall
