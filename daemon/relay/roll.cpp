#include "relay/roll.hpp"

#include <algorithm>
#include <iterator>

namespace rollcall {

using namespace std::chrono_literals;

roll::roll(roll_settings how, std::unique_ptr<ledger> known)
    : how_{std::move(how)},
      ledger_{std::move(known)},
      published_at_{ledger_->latest_publication() + 1ms},
      gathering_{how_.gathered}
{
}

void roll::begin(timestamp now)
{
    now_ = now;
    published_at_ = std::max(published_at_, now);
    ledger_->forget(published_at_ - how_.window);
    forget_confirmed();
}

void roll::advance(timestamp received_at, std::vector<publication>& out)
{
    at_end_ = false;
    largest_received_ = std::max(largest_received_, received_at);
    release(out);
}

timestamp roll::intake_time(timestamp now) const
{
    return at_end_ ? std::max(largest_received_, now) : largest_received_;
}

decision roll::offer(
    event e, std::int64_t offset, std::vector<publication>& out, std::string_view download
)
{
    use_known_name(e);
    if (e.counts_occurrences)
        return offer_counted(std::move(e), offset, out);
    number(e);
    note_speaker(e);
    const event_id id = make_event_id(e.source, e.identity);
    if (!download.empty() && how_.polled.contains(e.source))
        return offer_row(std::move(e), id, offset, download, out);
    return admit(std::move(e), id, offset, out);
}

decision roll::admit(
    event e, const event_id& id, std::int64_t offset, std::vector<publication>& out
)
{
    if (const auto first = way_of_known(e, id)) {
        note_content(e, id);
        confirm(e, id, *first);
        note_taken(e, id, *first, offset);
        if (spots_.contains(id))
            offer_again(id, std::move(e));
        return {decision::outcome::duplicate, *first};
    }
    if (const auto* const gathered = gathering_.find(id))
        return {decision::outcome::duplicate, gathered->via};
    if (!provably_new(e))
        return {decision::outcome::beyond_window};
    if (e.stands_in && has_spoken(e))
        return {decision::outcome::told_better};
    if (waits_for_better(e, id, offset) || waits_for_likes(e, id, offset, out))
        return {decision::outcome::held};
    return take_turn(std::move(e), id, offset, out);
}

decision roll::take_turn(
    event e, const event_id& id, std::int64_t offset, std::vector<publication>& out
)
{
    if (must_wait(e)) {
        hold(std::move(e), id, offset);
        return {decision::outcome::held};
    }
    publish(std::move(e), id, 1, offset, out);
    publish_followers(out);
    return {decision::outcome::published};
}

// An identity that was published is forgotten a window later. An event older than that is new for
// certain only if nothing of its meeting's topic has been forgotten yet; and not even then if it
// was polled, because polls read old things again: a meeting that was silent for a window and spoke
// again looks like a young one.
bool roll::provably_new(const event& e) const
{
    if (e.occurred_at >= published_at_ - how_.window)
        return true;
    const channel to = channel_of(e.kind);
    if (const auto* const before = recalled(e))
        return e.occurred_at >= before->complete_since[static_cast<std::size_t>(to)];
    return e.via == way::webhook && ledger_->remembers_all(e.source, e.meeting.id, to);
}

bool roll::must_wait(const event& e) const
{
    switch (how_.mode) {
        case ordering::event_time:
            return true;
        case ordering::causal:
            return e.kind == kind::participant_left && e.participant &&
                   !ledger_->is_in(e.source, e.meeting.id, e.participant->id, e.occurred_at);
        case ordering::arrival:
            return false;
    }
    return false;
}

// A further copy of an event that is held. The first copy wins; only for a meeting's start and end,
// which several signs can tell, the earliest sign does, so that the order of arrival within the
// hold does not matter.
void roll::offer_again(const event_id& id, event e)
{
    spot& held = spots_.at(id);
    line& in = held.line->second;
    const auto which = in.find(held.at);
    if (e.participant || e.occurred_at >= which->second.what.occurred_at)
        return;
    auto node = in.extract(which);
    node.key().occurred_at = e.occurred_at;
    node.mapped().what = std::move(e);
    held.at = node.key();
    in.insert(std::move(node));
}

void roll::hold(event e, const event_id& id, std::int64_t offset)
{
    const place at{e.occurred_at, rank(e.kind), id};
    const auto due = due_.emplace(e.received_at + how_.hold, id);
    const auto in = lines_.try_emplace(meeting_name{e.source, e.meeting.id}).first;
    ++in_line_[e.source];
    in->second.emplace(at, waiting{std::move(e), offsets_.insert(offset), due, now_});
    spots_.emplace(id, spot{in, at});
}

// Leaves an empty line behind for the caller to remove.
void roll::publish_held(lines::iterator in, line::iterator which, std::vector<publication>& out)
{
    auto node = in->second.extract(which);
    const std::int64_t offset = *node.mapped().offset;
    offsets_.erase(node.mapped().offset);
    due_.erase(node.mapped().due);
    spots_.erase(node.key().id);
    event& e = node.mapped().what;
    --in_line_[e.source];
    const auto out_before = out.size();
    if (e.counts_occurrences) {
        remove_held_change(e);
        publish_counted(std::move(e), offset, out);
    } else {
        publish(std::move(e), node.key().id, 1, offset, out);
    }
    if (out.size() > out_before)
        out.back().held = now_ - node.mapped().since;
}

void roll::publish(
    event e,
    const event_id& id,
    std::uint16_t occurrence,
    std::optional<std::int64_t> offset,
    std::vector<publication>& out
)
{
    const auto* const before = recalled(e);
    auto latest = ledger_->latest(e.source, e.meeting.id);
    if (before != nullptr)
        latest = std::max(latest, before->latest);
    const bool late = ledger_->is_settled(e.source, e.meeting.id) ||
                      (before != nullptr && before->settled) || (latest && e.occurred_at < *latest);
    const channel to = channel_of(e.kind);
    const std::uint64_t last = std::max(
        ledger_->last_sequence(e.source, e.meeting.id, to),
        before != nullptr ? before->last_sequence[static_cast<std::size_t>(to)] : 0
    );
    publication& p = out.emplace_back(publication{
        .what = std::move(e),
        .id = id,
        .sequence = last + 1,
        .late = late,
        .published_at = published_at_,
        .intake_offset = offset,
        .occurrence = occurrence});
    const std::string meeting =
        p.what.kind == kind::meeting_ended ? meeting_json(p.what.meeting) : std::string{};
    const std::string participant = p.what.kind == kind::participant_joined
                                        ? participant_json(p.what.participant)
                                        : std::string{};
    ledger_->record(remembered(p, meeting, participant));
    note_change(p.what);
}

// Others may have waited for this one: for a join, or for what tells two of them apart.
void roll::note_change(const event& e)
{
    const bool awaited = how_.mode == ordering::causal && e.kind == kind::participant_joined;
    const bool separates = how_.mode != ordering::event_time && e.counts_occurrences;
    if (e.participant && (awaited || separates))
        followed_.push_back({{e.source, e.meeting.id}, e.participant->id});
}

// Whoever waited for what was just published. Publishing them may let go of others.
void roll::publish_followers(std::vector<publication>& out)
{
    while (!followed_.empty()) {
        const auto [meeting, participant] = std::move(followed_.back());
        followed_.pop_back();
        publish_followers(meeting, participant, out);
    }
}

// The lefts that had waited for this participant's joined, and what it has told apart.
void roll::publish_followers(
    const meeting_name& meeting, const std::string& participant, std::vector<publication>& out
)
{
    const auto in = lines_.find(meeting);
    if (in == lines_.end())
        return;
    for (auto which = in->second.begin(); which != in->second.end();) {
        const auto next = std::next(which);
        const event& e = which->second.what;
        if (e.participant && e.participant->id == participant && !must_wait(e) && !told_again(e))
            publish_held(in, which, out);
        which = next;
    }
    if (in->second.empty())
        lines_.erase(in);
}

// In the order in which things fall due, so that it does not matter how far time has jumped.
void roll::release(std::vector<publication>& out)
{
    const timestamp time = intake_time(now_);
    for (;;) {
        const auto settling = next_settling();
        const auto late = gathering_.first_due();
        const auto until = std::min(time, settling.value_or(time));
        if (!due_.empty() && due_.begin()->first <= std::min(until, late ? late->first : until))
            publish_due(out);
        else if (late && late->first <= until)
            decide_late(late->second, out);
        else if (settling && *settling <= time)
            settle_first(out);
        else
            break;
    }
    settle_unswept(out);
}

// The event that is due first. By event time, whatever comes before it in its meeting's order goes
// before it.
void roll::publish_due(std::vector<publication>& out)
{
    const spot held = spots_.at(due_.begin()->second);
    line& in = held.line->second;
    const auto last = std::next(in.find(held.at));
    publish_line(
        held.line, how_.mode == ordering::event_time ? in.begin() : std::prev(last), last, out
    );
}

void roll::publish_line(
    lines::iterator in, line::iterator first, line::iterator last, std::vector<publication>& out
)
{
    while (first != last)
        publish_held(in, first++, out);
    if (in->second.empty())
        lines_.erase(in);
    publish_followers(out);
}

std::vector<late_duplicate> roll::take_late_duplicates()
{
    return std::exchange(late_duplicates_, {});
}

void roll::commit()
{
    ledger_->commit();
    audits_committed_.insert(
        audits_committed_.end(),
        std::make_move_iterator(audits_.begin()),
        std::make_move_iterator(audits_.end())
    );
    audits_.clear();
    std::ranges::move(download_audits_, std::back_inserter(download_audits_committed_));
    download_audits_.clear();
    matches_before_.clear();
    for (const auto& meeting : settled_) {
        confirmed_.erase(meeting);
        distances_.forget(meeting);
    }
    settled_.clear();
}

void roll::rollback()
{
    ledger_->rollback();
    lines_.clear();
    spots_.clear();
    due_.clear();
    offsets_.clear();
    in_line_.clear();
    held_changes_.clear();
    held_aliases_.clear();
    late_duplicates_.clear();
    audits_.clear();
    settled_.clear();
    forget_gathered();
    largest_received_ = timestamp{};
    at_end_ = false;
}

std::optional<std::int64_t> roll::oldest_held() const
{
    auto oldest = gathering_.oldest();
    if (!offsets_.empty())
        oldest = std::min(oldest.value_or(*offsets_.begin()), *offsets_.begin());
    return oldest;
}

source_amounts roll::held_by_source() const
{
    auto all = in_line_;
    for (const auto& [source, gathered] : gathering_.waiting())
        all[source] += gathered;
    return all;
}

std::optional<timestamp> roll::next_due() const
{
    std::optional<timestamp> next;
    const auto take = [&](timestamp due) { next = std::min(next.value_or(due), due); };
    if (!due_.empty())
        take(due_.begin()->first);
    if (const auto late = gathering_.first_due())
        take(late->first);
    if (const auto settling = next_settling())
        take(*settling);
    return next;
}

}  // namespace rollcall
