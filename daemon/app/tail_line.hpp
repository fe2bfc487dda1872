#pragma once

#include "kafka/record.hpp"

#include <string>
#include <string_view>

namespace rollcall {

/// A published message as one line for people: when, which meeting, what, who, and what is special
/// about it. Control and bidirectional characters of names never reach the terminal. A value that
/// is not ours is shown as such.
std::string tail_line(const consumed_record& record, bool colours);

/// The same as one JSON object: topic, partition, offset, key, timestamp, headers, value.
std::string tail_json(const consumed_record& record);

/// `text` in `width` columns at least, each character counted as one, with everything that could
/// steer a terminal replaced by U+FFFD.
std::string printable(std::string_view text, std::size_t width = 0);

}  // namespace rollcall
