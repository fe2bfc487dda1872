#pragma once

#include "core/time.hpp"

#include <atomic>
#include <cstdint>
#include <optional>

namespace rollcall {

/// Notices that a source has only bad signatures: its secret is wrong, or changed. A few among good
/// ones are somebody trying the door. Any thread.
class signature_alarm {
public:
    /// A bad one came. The number in a row when it is time to say so: from the fifth on, at most
    /// once a minute.
    std::optional<std::uint64_t> bad(timestamp now);
    void good();

private:
    std::atomic<std::uint64_t> in_a_row_{0};
    std::atomic<milliseconds::rep> quiet_until_ms_{0};
};

}  // namespace rollcall
