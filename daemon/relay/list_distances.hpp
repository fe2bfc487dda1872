#pragma once

#include "core/time.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace rollcall {

/// How far the times of a provider's own list lie from those of its webhooks, meeting by meeting:
/// known from joins and leaves that both ways have told for certain. A few bytes of each pair; one
/// thread at a time.
class list_distances {
public:
    using meeting_name = std::pair<std::string, std::string>;  ///< source, id

    static constexpr std::size_t most_pairs = 64;  ///< of a meeting; more say nothing new
    /// Pairs of one distance differ by that much at most, and less than that is none.
    static constexpr milliseconds agreement{2'000};

    /// The list has told that change so much later than a webhook. `change` names it: told again,
    /// it counts once.
    void note(const meeting_name& meeting, const std::string& change, milliseconds later);
    /// By how much the list is later; 0 where fewer than two pairs, or not most of them, agree.
    milliseconds of(const meeting_name& meeting) const;
    void forget(const meeting_name& meeting) { meetings_.erase(meeting); }
    /// Those of meetings that `known` is false of.
    void forget_unless(const auto& known)
    {
        std::erase_if(meetings_, [&](const auto& entry) { return !known(entry.first); });
    }

private:
    struct measured {
        std::map<std::string, milliseconds, std::less<>> pairs;
        milliseconds distance{0};
    };

    std::map<meeting_name, measured> meetings_;
};

}  // namespace rollcall
