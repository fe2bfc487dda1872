#include "relay/possible_ids.hpp"

#include <utility>

namespace rollcall {
namespace {

// The identity as it is under each id of the participant.
std::vector<std::string> identities(const event& e, std::span<const std::string> known_as)
{
    std::vector<std::string> all{e.identity};
    if (!e.participant)
        return all;
    const auto& id = e.participant->id;
    const auto at = e.identity.rfind(id);
    const auto add = [&](const std::string& other) {
        if (other.empty() || other == id || at == std::string::npos)
            return;
        auto renamed = e.identity;
        all.push_back(std::move(renamed.replace(at, id.size(), other)));
    };
    add(e.alias);
    for (const auto& other : known_as)
        add(other);
    return all;
}

}  // namespace

std::string with_occurrence(const std::string& identity, std::uint16_t number)
{
    return identity + ':' + std::to_string(number);
}

std::string with_number(const std::string& identity, std::uint32_t number)
{
    return number == 0 ? identity : identity + '#' + std::to_string(number);
}

std::vector<event_id> possible_ids(const event& e, std::span<const std::string> known_as)
{
    std::vector<event_id> ids;
    const bool numbered = e.via == way::webhook && e.content != 0;
    for (const auto& identity : identities(e, known_as)) {
        if (e.counts_occurrences)
            for (std::uint16_t n = 1; n <= most_numbers; ++n)
                ids.push_back(make_event_id(e.source, with_occurrence(identity, n)));
        else if (numbered)
            for (std::uint16_t n = 0; n < most_numbers; ++n)
                ids.push_back(make_event_id(e.source, with_number(identity, n)));
        else
            ids.push_back(make_event_id(e.source, with_number(identity, e.number)));
    }
    return ids;
}

}  // namespace rollcall
