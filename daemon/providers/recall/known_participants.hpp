#pragma once

#include "core/event.hpp"
#include "core/time.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::recall {

/// What a download of participant events has told of each participant, whatever its order: to tell
/// what the download of participants knows beyond that. Of names and addresses only hashes are
/// kept.
class known_participants {
public:
    /// Of more participants nothing is kept, and nothing is told late.
    static constexpr std::size_t most = 100'000;

    /// One of the participant's events.
    void note(const participant_facts& who, timestamp at);

    /// The time of the participant's last event, if a name or an address is new in `who`; nothing
    /// where all of it was told, or no event of theirs.
    std::optional<timestamp> news(const participant_facts& who) const;

private:
    struct fact {
        std::uint64_t hash = 0;
        std::optional<timestamp> at;  // of the event that told it last
    };
    struct knowledge {
        fact name, email;
        timestamp last{};
    };
    static void note(fact& into, const std::optional<std::string>& text, timestamp at);
    static bool is_new(const fact& known, const std::optional<std::string>& text);

    boost::unordered_flat_map<std::string, knowledge> known_;
};

}  // namespace rollcall::recall
