#pragma once

#include "core/event.hpp"
#include "core/intake_record.hpp"
#include "relay/ledger.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

/// An event that goes out now: with its place in the meeting's order.
struct publication {
    event what;
    event_id id;
    std::uint64_t sequence = 0;
    bool late = false;
    timestamp published_at{};
    std::optional<std::int64_t> intake_offset;  ///< absent on derived events
    std::uint16_t occurrence = 1;  ///< which of the participant's joins or leaves, where they count
    std::optional<milliseconds> held{};  ///< how long it has waited for its turn, if it has
};

/// A message of `attendance` or `activity`: CloudEvents 1.0, Kafka binary mode (design section 1,
/// "A message").
struct message {
    channel to{};
    std::string key;
    std::string value;
    headers with;
};

message encode(const publication& p, std::int32_t partition);

/// `event::alike` as messages carry it: 64 bits of a hash, 0 where it is empty.
std::uint64_t alike_of(const event& e);

/// What the ledger remembers of a publication. `meeting` and `participant` are the value's members
/// of that name, as `meeting_json` and `participant_json` write them. Views into all three.
ledger_entry remembered(
    const publication& p, std::string_view meeting, std::string_view participant
);

/// The value's members `meeting` and `participant` (`null` where there is none), as JSON.
std::string meeting_json(const meeting_facts& facts);
std::string participant_json(const std::optional<participant_facts>& facts);

}  // namespace rollcall
