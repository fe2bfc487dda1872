#pragma once

#include "core/errors.hpp"
#include "core/event.hpp"
#include "relay/ledger.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace rollcall {

/// The reverse of `meeting_json` and `participant_json`. `errc::not_json`, `missing_field` or
/// `wrong_type` on anything `*_json` did not write.
result<meeting_facts> read_meeting(std::string_view json);
result<participant_facts> read_participant(std::string_view json);

/// A message that was read back, in the form the ledger takes. Views into the message's parts.
struct read_back {
    ledger_entry entry;
    std::optional<std::int64_t> intake_offset;
};

/// The raw parts of a message of ours. Views.
struct message_parts {
    std::string_view key;
    std::string_view value;
    std::string_view id, source, type, subject, time, sequence, via, intake, occurrence, alias,
        content, alike, stands_in;  ///< by header: `ce_id`, ...
    timestamp published_at{};
};

/// Reads a message of ours back: of the value only what the ledger remembers of its kind.
/// `errc::bad_record`, with the header's name, on a message that is not ours.
boost::system::result<read_back, fault> read(const message_parts& parts);

}  // namespace rollcall
