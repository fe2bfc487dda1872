#pragma once

#include "core/event.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace rollcall {

/// How far the clock of a provider's own list is from that of its webhooks, meeting by meeting:
/// known from joins and leaves that both ways have told and that are the only ones of their
/// participant. Bounded by `most_pairs` in a meeting that has not settled. One thread at a time.
class list_distances {
public:
    using meeting_name = std::pair<std::string, std::string>;  ///< source, id

    static constexpr std::size_t most_pairs = 64;  ///< of a kind and meeting
    /// Pairs of one distance differ by that much at most, and less than that is none.
    static constexpr milliseconds agreement{2'000};
    /// What lies further apart is not one (the provider's page has examples with 42 s).
    static constexpr milliseconds farthest{60'000};

    /// The list has told the participant's join, or leave, so much later than a webhook. Told
    /// again, it counts once.
    void note(
        const meeting_name& meeting, kind what, const std::string& participant, milliseconds later
    );
    /// By how much the list is later. 0 in doubt: unless most joins, two of them at least, and most
    /// leaves, one at least, agree. Where joins alone are apart it is not the clock, but how long
    /// it takes to get in.
    milliseconds of(const meeting_name& meeting) const;
    void forget(const meeting_name& meeting) { meetings_.erase(meeting); }
    /// Those of meetings that `known` is false of.
    void forget_unless(const auto& known)
    {
        std::erase_if(meetings_, [&](const auto& entry) { return !known(entry.first); });
    }

private:
    using pairs = std::map<std::string, milliseconds, std::less<>>;  // by participant
    struct measured {
        std::array<pairs, 2> told;  // joins, leaves
        milliseconds distance{0};
    };

    std::map<meeting_name, measured> meetings_;
};

}  // namespace rollcall
