#include "relay/retellings.hpp"

#include <algorithm>

namespace rollcall {

void retellings::append_to(
    std::vector<presence_change>& known, const meeting_name& meeting, const std::string& participant
) const
{
    for (const auto* const all : {&kept_, &running_}) {
        const auto in = all->find(meeting);
        if (in == all->end())
            continue;
        const auto [first, last] = in->second.equal_range(participant);
        std::transform(first, last, std::back_inserter(known), [](const auto& entry) {
            return entry.second;
        });
    }
}

void retellings::note(
    const meeting_name& meeting, const std::string& participant, presence_change told
)
{
    told.retold = true;
    std::vector<presence_change> known;
    append_to(known, meeting, participant);
    if (std::ranges::find(known, told) == known.end())
        running_[meeting].emplace(participant, told);
}

void retellings::commit()
{
    for (auto& [meeting, noted] : running_)
        kept_[meeting].merge(noted);
    running_.clear();
}

}  // namespace rollcall
