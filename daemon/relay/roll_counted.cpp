// Of a roll: joins and leaves that nothing but their order tells apart (relay/occurrence.hpp).
#include "relay/roll.hpp"

#include <algorithm>

namespace rollcall {
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

}  // namespace rollcall
