// Of a roll: events that one key does not tell apart. A download numbers its rows; webhooks are
// told apart by what they say.
#include "relay/possible_ids.hpp"
#include "relay/roll.hpp"

#include <optional>

namespace rollcall {
// Completes the identity. A webhook is the one that said the same, else the first of which only a
// download has told, else the next one: so of a key there are as many events as the way knows that
// knows more of them, in whatever order they come.
void roll::number(event& e)
{
    if (e.via != way::webhook || e.content == 0) {
        e.identity = with_number(e.identity, e.number);
        return;
    }
    std::optional<std::uint32_t> unsaid;
    for (e.number = 0;; ++e.number) {
        const auto identity = with_number(e.identity, e.number);
        const event_id id = make_event_id(e.source, identity);
        if (!way_of_known(e, id) && gathering_.find(id) == nullptr)
            break;
        const auto content = content_of(e, id);
        if (content == e.content) {
            e.identity = identity;
            return;
        }
        if (content == 0 && !unsaid)
            unsaid = e.number;
    }
    e.number = unsaid.value_or(e.number);
    e.identity = with_number(e.identity, e.number);
}

// Of what is held, published in the window, or recalled; 0: no webhook has said anything.
std::uint32_t roll::content_of(const event& e, const event_id& id) const
{
    if (const auto held = spots_.find(id); held != spots_.end())
        return held->second.line->second.at(held->second.at).what.content;
    if (const auto* const gathered = gathering_.find(id))
        return gathered->content;
    if (ledger_->first_way(id))
        return ledger_->content_of(id);
    const auto* const before = recalled(e);
    if (before == nullptr)
        return 0;
    const auto it = before->published.find(id);
    return it == before->published.end() ? 0 : it->second.content;
}

// What a webhook says of an event that a download has told first.
void roll::note_content(const event& e, const event_id& id)
{
    if (e.content == 0)
        return;
    if (const auto held = spots_.find(id); held != spots_.end()) {
        auto& content = held->second.line->second.at(held->second.at).what.content;
        content = content == 0 ? e.content : content;
    }
    ledger_->note_content(id, e.content);
    if (auto* const before = recalled(e)) {
        if (const auto it = before->published.find(id);
            it != before->published.end() && it->second.content == 0)
            it->second.content = e.content;
    }
}

}  // namespace rollcall
