#include "providers/recall/known_participants.hpp"

#include <algorithm>
#include <functional>

namespace rollcall::recall {

void known_participants::note(const participant_facts& who, timestamp at)
{
    auto found = known_.find(who.id);
    if (found == known_.end()) {
        if (known_.size() >= most)
            return;
        found = known_.try_emplace(who.id, knowledge{.last = at}).first;
    }
    auto& known = found->second;
    known.last = std::max(known.last, at);
    note(known.name, who.name, at);
    note(known.email, who.email, at);
}

// An event that does not tell it takes nothing back.
void known_participants::note(fact& into, const std::optional<std::string>& text, timestamp at)
{
    if (text && (!into.at || *into.at <= at))
        into = {std::hash<std::string>{}(*text), at};
}

bool known_participants::is_new(const fact& known, const std::optional<std::string>& text)
{
    return text && (!known.at || known.hash != std::hash<std::string>{}(*text));
}

std::optional<timestamp> known_participants::news(const participant_facts& who) const
{
    const auto found = known_.find(who.id);
    if (found == known_.end())
        return std::nullopt;
    const auto& known = found->second;
    if (!is_new(known.name, who.name) && !is_new(known.email, who.email))
        return std::nullopt;
    return known.last;
}

}  // namespace rollcall::recall
