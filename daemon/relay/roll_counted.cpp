// Of a roll: joins and leaves that nothing but their order tells apart (relay/occurrence.hpp).
#include "relay/possible_ids.hpp"
#include "relay/roll.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {
namespace {

// Joins and leaves that are counted are told apart by their time until they have their number.
event_id claim_of(const event& e)
{
    const auto ms = std::to_string(e.occurred_at.time_since_epoch().count());
    return make_event_id(e.source, e.identity + '@' + ms);
}

std::string participant_key(const event& e, std::string_view participant)
{
    std::string key = e.source;
    return key.append(1, '\0').append(e.meeting.id).append(1, '\0').append(participant);
}

std::string participant_key(const event& e)
{
    return participant_key(e, e.participant ? std::string_view{e.participant->id} : "");
}

}  // namespace

// A join or a leave that was published with this time is that one, told again. With another time it
// may be another one: what lies between the two may still be on its way, so in every mode it waits
// the hold before it counts as a duplicate.
decision roll::offer_counted(event e, std::int64_t offset, std::vector<publication>& out)
{
    note_distance(e);
    const occurrence which = count(e);
    const event_id id = make_event_id(e.source, with_occurrence(e.identity, which.number));
    const bool repeated = which.is == occurrence::state::repeated;
    if (const auto first = first_way(e, id); first && !repeated) {
        confirm(e, id, *first);
        return {decision::outcome::duplicate, *first};
    }
    const event_id claim = claim_of(e);
    if (const auto held = spots_.find(claim); held != spots_.end()) {
        event& what = held->second.line->second.at(held->second.at).what;
        what.only_one = what.only_one && e.only_one;  // meanwhile the list has another one
        confirm(e, claim, what.via);
        return {decision::outcome::duplicate, what.via};
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
    if (ledger_->is_settled(e.source, e.meeting.id)) {
        for (std::uint16_t n = 1; n <= most_numbers; ++n)
            if (ledger_->first_way(make_event_id(e.source, with_occurrence(e.identity, n))))
                return {n, occurrence::state::same};
        return {};
    }
    if (!e.participant)
        return {};
    const bool listed = e.via == way::poll;
    const auto later = distances_.of({e.source, e.meeting.id});
    auto known = known_changes(e);
    for (auto& each : known)
        if (each.listed)
            each.at -= later;
    const auto at = listed ? e.occurred_at - later : e.occurred_at;
    return occurrence_of(e.kind, at, known, {listed, e.only_one});
}

// Of its participant, out or held.
std::vector<presence_change> roll::known_changes(const event& e) const
{
    auto known = ledger_->comings_and_goings(e.source, e.meeting.id, e.participant->id);
    const auto [first, last] = held_changes_.equal_range(participant_key(e));
    for (auto it = first; it != last; ++it)
        known.push_back(it->second);
    return known;
}

// What is the only one of its kind by both ways is one, as it seems: so far apart are they.
void roll::note_distance(const event& e)
{
    if (e.via != way::poll || !e.only_one || !e.participant ||
        ledger_->is_settled(e.source, e.meeting.id))
        return;
    const auto known = known_changes(e);
    const auto alike = [&e](const presence_change& each) { return each.what == e.kind; };
    const auto it = std::ranges::find_if(known, alike);
    if (it != known.end() && !it->listed && std::ranges::count_if(known, alike) == 1)
        distances_.note(
            {e.source, e.meeting.id}, e.kind, e.participant->id, e.occurred_at - it->at
        );
}

// Whether nothing is known that would tell it from one that is out with another time.
bool roll::told_again(const event& e) const
{
    return e.counts_occurrences && count(e).is == occurrence::state::repeated;
}

// Of somebody with two ids the one counts under which something is out, or held, already; the
// other is published with it.
void roll::use_known_name(event& e) const
{
    if (!e.participant || (!e.counts_occurrences && e.alias.empty()))
        return;
    auto known = known_as(e, e.participant->id);
    if (!known && !e.alias.empty())
        known = known_as(e, e.alias);
    auto& id = e.participant->id;
    if (!known || *known == id)
        return;
    if (const auto at = e.identity.rfind(id); at != std::string::npos)
        e.identity.replace(at, id.size(), *known);
    e.alias = std::exchange(id, *std::move(known));
}

// Of a settled meeting nothing but the identities is known.
std::optional<std::string> roll::known_as(const event& e, const std::string& id) const
{
    if (ledger_->is_settled(e.source, e.meeting.id)) {
        auto identity = with_occurrence(e.identity, 1);
        identity.replace(e.identity.rfind(e.participant->id), e.participant->id.size(), id);
        const bool is_out = ledger_->first_way(make_event_id(e.source, identity)).has_value();
        return is_out ? std::optional{id} : std::nullopt;
    }
    if (auto published = ledger_->known_as(e.source, e.meeting.id, id))
        return published;
    const auto key = participant_key(e, id);
    if (held_changes_.contains(key))
        return id;
    const auto held = held_aliases_.find(key);
    return held == held_aliases_.end() ? std::nullopt : std::optional{held->second};
}

void roll::add_held_change(const event& e)
{
    if (!e.alias.empty())
        held_aliases_.emplace(participant_key(e, e.alias), e.participant->id);
    held_changes_.emplace(
        participant_key(e), presence_change{e.kind, e.occurred_at, 0, e.via == way::poll}
    );
}

void roll::remove_held_change(const event& e)
{
    if (const auto alias = held_aliases_.find(participant_key(e, e.alias));
        !e.alias.empty() && alias != held_aliases_.end())
        held_aliases_.erase(alias);
    const auto [first, last] = held_changes_.equal_range(participant_key(e));
    const auto it = std::find_if(first, last, [&](const auto& held) {
        return held.second.what == e.kind && held.second.at == e.occurred_at;
    });
    if (it != last)
        held_changes_.erase(it);
}

// Its turn has come: it gets its number, or turns out to be known.
void roll::publish_counted(event e, std::int64_t offset, std::vector<publication>& out)
{
    const occurrence which = count(e);
    const event_id claim = claim_of(e);
    e.identity = with_occurrence(e.identity, which.number);
    const event_id id = make_event_id(e.source, e.identity);
    if (const auto first = first_way(e, id)) {
        late_duplicates_.push_back({offset, *first, e.via, e.source});
        return confirm(e, id, *first);
    }
    rename_confirmed(e, claim, id);
    publish(std::move(e), id, which.number, offset, out);
}

}  // namespace rollcall
