#pragma once

#include "simulator/truth.hpp"
#include "support/console_reader.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::test {

/// What can be wrong with what was published.
enum class wrong : std::uint8_t {
    schema,      ///< not what the JSON Schema describes, or not JSON at all
    header,      ///< missing, twice, or not what the value says
    place,       ///< in the wrong topic or partition, or under the wrong key
    sequence,    ///< `ce_sequence` has a gap or goes back
    lost,        ///< acknowledged, but not published
    doubled,     ///< published twice
    unknown,     ///< published, but never sent
    value,       ///< published with other values than were sent
    order,       ///< not in the order the mode promises
    late_mark,   ///< marked late without being so, or the other way round
    derived,     ///< a derived leave too much or missing
    settlement,  ///< `meeting.settled` missing, too early, twice, or with wrong counts
};
std::string_view to_string(wrong what);

struct difference {
    wrong what{};
    std::string where;    ///< meeting, topic, offset
    std::string details;  ///< what is and what should be
};
std::ostream& operator<<(std::ostream& out, const difference& found);

/// Everything that was read from the two topics, in each partition's order.
struct published {
    std::vector<console_record> attendance;
    std::vector<console_record> activity;
};

enum class promise : std::uint8_t { event_time, causal, arrival };

struct expectations {
    std::string source;
    std::string provider;
    promise mode = promise::event_time;
    std::chrono::milliseconds hold{2'000};
    /// Of each topic: then a meeting's place is the one Java's partitioner gives it. 0: unknown.
    std::int32_t partitions = 0;
    /// Some deliveries came later than the hold: what they told may be marked late.
    bool late_allowed = false;
    /// The provider's API is polled as well: what it tells for good has to be there, whatever
    /// became of the webhooks.
    bool polled = false;
    /// The two ways tell one event with two times, and it is published with either.
    bool matched = false;
    /// Every meeting whose end was acknowledged has been settled by now.
    bool settled = true;
    /// The fault of a message's value by the JSON Schema, empty where there is none. May be empty
    /// itself.
    std::function<std::string(const console_record&)> schema_fault;
};

/// Holds what was published against what is true. What was acknowledged, or can be polled, has to
/// be there, once, as it was told; what was told in another way may be there; nothing else is.
/// Finds every difference, not only the first.
std::vector<difference> differences(
    const simulator::truth& truth, const published& found, const expectations& expected
);

}  // namespace rollcall::test
