#pragma once

#include "relay/occurrence.hpp"

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rollcall {

/// Which published joins and leaves the other of a provider's two ways has told as well, with its
/// own times, in meetings that have not settled. One thread at a time.
class retellings {
public:
    using meeting_name = std::pair<std::string, std::string>;  ///< source, id

    /// Keeps it until `commit` or `rollback`; once, however often it is told.
    void note(const meeting_name& meeting, const std::string& participant, presence_change told);
    void append_to(
        std::vector<presence_change>& known,
        const meeting_name& meeting,
        const std::string& participant
    ) const;
    void commit();
    void rollback() { running_.clear(); }
    void forget(const meeting_name& meeting) { kept_.erase(meeting); }
    /// Those of meetings that `known` is false of.
    void forget_unless(const auto& known)
    {
        std::erase_if(kept_, [&](const auto& entry) { return !known(entry.first); });
    }

private:
    using changes = std::unordered_multimap<std::string, presence_change>;  // by participant
    using meetings = std::map<meeting_name, changes>;

    meetings kept_;
    meetings running_;  // noted in the running transaction
};

}  // namespace rollcall
