#pragma once

#include "core/intake_record.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall {

/// A published message, as it stands in its topic.
struct tail_message {
    std::string_view topic;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    std::string_view key;
    timestamp at{};  ///< the Kafka timestamp
    headers with;
    std::string_view value;
};

/// One line for people, in columns: time (UTC), meeting, what, who, sequence, and what is special
/// about it. Control and bidirectional characters of names never reach the terminal. A value that
/// is not ours is shown as such.
std::string tail_line(const tail_message& message, bool colours);

/// The same as one JSON object in one line: topic, partition, offset, key, timestamp, headers,
/// value (as text where it is not JSON).
std::string tail_json(const tail_message& message);

/// `text` in `width` columns of a terminal at least, with everything that could steer it replaced
/// by U+FFFD.
std::string printable(std::string_view text, std::size_t width = 0);

}  // namespace rollcall
