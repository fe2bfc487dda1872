#pragma once

#include "app/intake_reading.hpp"
#include "core/intake_record.hpp"
#include "core/time.hpp"
#include "kafka/record.hpp"

#include <optional>
#include <string>

namespace rollcall {

/// An authentic payload that could not be used, as it lies in `<prefix>deadletter`.
struct dead_letter {
    topic_partition at;
    timestamp buried_at{};
    std::string source;
    std::string meeting;  ///< the key it had in the intake
    std::string reason;
    std::string where;                   ///< in the payload; may be empty
    std::string step;                    ///< which of the relay's could not go on with it
    std::optional<intake_place> intake;  ///< its record
    headers with;                        ///< all of them
    std::string body;
};

dead_letter read_dead_letter(const consumed_record& record);

/// The headers that its intake record had.
headers headers_in_intake(const dead_letter& letter);

/// `field missing at /data/id (normalise)`.
std::string why_text(const dead_letter& letter);

}  // namespace rollcall
