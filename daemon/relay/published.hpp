#pragma once

#include "kafka/record.hpp"
#include "relay/message_reading.hpp"

namespace rollcall {

/// The parts of a record of `attendance` or `activity` that a message is read back from. Views into
/// the record.
message_parts parts_of(const consumed_record& record);

}  // namespace rollcall
