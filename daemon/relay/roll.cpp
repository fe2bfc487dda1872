#include "relay/roll.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace rollcall {

using namespace std::chrono_literals;

std::size_t event_id_hash::operator()(const event_id& id) const noexcept
{
    std::size_t hash;
    std::memcpy(&hash, id.bytes.data(), sizeof hash);
    return hash;
}

namespace {

// Joins and leaves that are counted are told apart by their time until they have their number.
event_id claim_of(const event& e)
{
    const auto ms = std::to_string(e.occurred_at.time_since_epoch().count());
    return make_event_id(e.source, e.identity + '@' + ms);
}

std::string numbered(const std::string& identity, std::uint16_t number)
{
    return identity + ':' + std::to_string(number);
}

std::string participant_key(const event& e)
{
    std::string key = e.source;
    key.append(1, '\0').append(e.meeting.id).append(1, '\0');
    return e.participant ? key.append(e.participant->id) : key;
}

}  // namespace

roll::roll(roll_settings how, std::unique_ptr<ledger> known)
    : how_{how}, ledger_{std::move(known)}, published_at_{ledger_->latest_publication() + 1ms}
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

decision roll::offer(event e, std::int64_t offset, std::vector<publication>& out)
{
    if (e.counts_occurrences)
        return offer_counted(std::move(e), offset, out);
    const event_id id = make_event_id(e.source, e.identity);
    if (const auto first = first_way(e, id)) {
        confirm(e, id, *first);
        return {decision::outcome::duplicate, *first};
    }
    if (const auto held = spots_.find(id); held != spots_.end()) {
        const way first = held->second.line->second.at(held->second.at).what.via;
        confirm(e, id, first);
        offer_again(id, std::move(e));
        return {decision::outcome::duplicate, first};
    }
    if (!provably_new(e))
        return {decision::outcome::beyond_window};
    if (must_wait(e)) {
        hold(std::move(e), id, offset);
        return {decision::outcome::held};
    }
    publish(std::move(e), id, 1, offset, out);
    publish_followers(out);
    return {decision::outcome::published};
}

// A join or a leave that was published with this time is that one, told again. With another time it
// may be another one: what lies between the two may still be on its way, so in every mode it waits
// the hold before it counts as a duplicate.
decision roll::offer_counted(event e, std::int64_t offset, std::vector<publication>& out)
{
    const occurrence which = count(e);
    const event_id id = make_event_id(e.source, numbered(e.identity, which.number));
    const bool repeated = which.is == occurrence::state::repeated;
    if (const auto first = first_way(e, id); first && !repeated) {
        confirm(e, id, *first);
        return {decision::outcome::duplicate, *first};
    }
    const event_id claim = claim_of(e);
    if (const auto held = spots_.find(claim); held != spots_.end()) {
        const way first = held->second.line->second.at(held->second.at).what.via;
        confirm(e, claim, first);
        return {decision::outcome::duplicate, first};
    }
    if (!provably_new(e))
        return {decision::outcome::beyond_window};
    if (repeated || must_wait(e)) {
        add_held_change(e);
        note_change(e);
        hold(std::move(e), claim, offset);
        publish_followers(out);
        return {decision::outcome::held};
    }
    publish_counted(std::move(e), offset, out);
    publish_followers(out);
    return {decision::outcome::published};
}

// Which one it is by what is known now, whether it is out or held. Of a settled meeting nothing but
// the identities is known: there, a join of somebody of whom a join is out cannot be told from it.
occurrence roll::count(const event& e) const
{
    constexpr std::uint16_t most_stays = 64;
    if (ledger_->is_settled(e.source, e.meeting.id)) {
        for (std::uint16_t n = 1; n <= most_stays; ++n)
            if (ledger_->first_way(make_event_id(e.source, numbered(e.identity, n))))
                return {n, occurrence::state::same};
        return {};
    }
    if (!e.participant)
        return {};
    auto known = ledger_->comings_and_goings(e.source, e.meeting.id, e.participant->id);
    const auto [first, last] = held_changes_.equal_range(participant_key(e));
    for (auto it = first; it != last; ++it)
        known.push_back(it->second);
    return occurrence_of(e.kind, e.occurred_at, known);
}

// Whether nothing is known that would tell it from one that is out with another time.
bool roll::told_again(const event& e) const
{
    return e.counts_occurrences && count(e).is == occurrence::state::repeated;
}

void roll::add_held_change(const event& e)
{
    held_changes_.emplace(participant_key(e), presence_change{e.kind, e.occurred_at, 0});
}

void roll::remove_held_change(const event& e)
{
    const auto [first, last] = held_changes_.equal_range(participant_key(e));
    const auto it = std::find_if(first, last, [&](const auto& held) {
        return held.second.what == e.kind && held.second.at == e.occurred_at;
    });
    if (it != last)
        held_changes_.erase(it);
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
    in->second.emplace(at, waiting{std::move(e), offsets_.insert(offset), due});
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
    if (e.counts_occurrences) {
        remove_held_change(e);
        publish_counted(std::move(e), offset, out);
    } else {
        publish(std::move(e), node.key().id, 1, offset, out);
    }
}

// Its turn has come: it gets its number, or turns out to be known.
void roll::publish_counted(event e, std::int64_t offset, std::vector<publication>& out)
{
    const occurrence which = count(e);
    const event_id claim = claim_of(e);
    e.identity = numbered(e.identity, which.number);
    const event_id id = make_event_id(e.source, e.identity);
    if (const auto first = first_way(e, id)) {
        late_duplicates_.push_back({offset, *first, e.via});
        return confirm(e, id, *first);
    }
    rename_confirmed(e, claim, id);
    publish(std::move(e), id, which.number, offset, out);
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
        if (!due_.empty() && due_.begin()->first <= std::min(time, settling.value_or(time)))
            publish_due(out);
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

// ---- what was published before the window, and which way told what

void roll::recall(const std::string& source, const std::string& meeting, recalled_meeting all)
{
    recalled_.insert_or_assign({source, meeting}, std::move(all));
}

void roll::forget_recalled(const std::string& source, const std::string& meeting)
{
    recalled_.erase({source, meeting});
}

const recalled_meeting* roll::recalled(const event& e) const
{
    if (recalled_.empty())
        return nullptr;
    const auto it = recalled_.find({e.source, e.meeting.id});
    return it == recalled_.end() ? nullptr : &it->second;
}

std::optional<way> roll::first_way(const event& e, const event_id& id) const
{
    if (const auto first = ledger_->first_way(id))
        return first;
    const auto* const before = recalled(e);
    if (before == nullptr)
        return std::nullopt;
    const auto it = before->published.find(id);
    return it == before->published.end() ? std::nullopt : std::optional{it->second};
}

void roll::confirm(const event& e, const event_id& id, way first)
{
    if (!how_.polled.contains(e.source) || (first == way::webhook) == (e.via == way::webhook) ||
        ledger_->is_settled(e.source, e.meeting.id))
        return;
    confirmed_[{e.source, e.meeting.id}].emplace(id, first);
}

// What was confirmed while it was held has its identity now.
void roll::rename_confirmed(const event& e, const event_id& claim, const event_id& id)
{
    const auto in = confirmed_.find({e.source, e.meeting.id});
    if (in == confirmed_.end())
        return;
    if (const auto it = in->second.find(claim); it != in->second.end()) {
        const way first = it->second;
        in->second.erase(it);
        in->second.emplace(id, first);
    }
}

// Of meetings that never settled. Rarely: it looks at all of them.
void roll::forget_confirmed()
{
    if (now_ < confirmed_looked_at_ + 1h)
        return;
    confirmed_looked_at_ = now_;
    std::erase_if(confirmed_, [this](const auto& entry) {
        return !ledger_->knows_meeting(entry.first.first, entry.first.second);
    });
}

merge_audit roll::audit(const ledger::unsettled& which, const ledger::tally& sum, bool swept) const
{
    merge_audit told{.source = which.source, .meeting = which.meeting, .swept = swept};
    if (const auto it = confirmed_.find({which.source, which.meeting}); it != confirmed_.end())
        for (const auto& [id, first] : it->second)
            ++(first == way::webhook ? told.webhook_first : told.poll_first);
    const auto by_webhook = sum.events - sum.recovered;
    told.webhook_only = by_webhook - std::min(by_webhook, told.webhook_first);
    told.poll_only = sum.recovered - std::min(sum.recovered, told.poll_first);
    return told;
}

std::vector<late_duplicate> roll::take_late_duplicates()
{
    return std::exchange(late_duplicates_, {});
}

std::vector<merge_audit> roll::take_audits()
{
    return std::exchange(audits_committed_, {});
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

void roll::commit()
{
    ledger_->commit();
    audits_committed_.insert(
        audits_committed_.end(),
        std::make_move_iterator(audits_.begin()),
        std::make_move_iterator(audits_.end())
    );
    audits_.clear();
    for (const auto& meeting : settled_)
        confirmed_.erase(meeting);
    settled_.clear();
}

void roll::rollback()
{
    ledger_->rollback();
    lines_.clear();
    spots_.clear();
    due_.clear();
    offsets_.clear();
    held_changes_.clear();
    late_duplicates_.clear();
    audits_.clear();
    settled_.clear();
    largest_received_ = timestamp{};
    at_end_ = false;
}

std::optional<std::int64_t> roll::oldest_held() const
{
    if (offsets_.empty())
        return std::nullopt;
    return *offsets_.begin();
}

std::optional<timestamp> roll::next_due() const
{
    std::optional<timestamp> next;
    if (!due_.empty())
        next = due_.begin()->first;
    if (const auto settling = next_settling())
        next = std::min(next.value_or(*settling), *settling);
    return next;
}

}  // namespace rollcall
