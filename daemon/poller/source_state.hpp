#pragma once

#include "core/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rollcall {

/// How polling of a source stands, for people and metrics.
struct source_state {
    std::string source;
    std::uint64_t followed = 0;     ///< objects
    std::uint32_t in_flight = 0;    ///< requests
    milliseconds oldest_read{0};    ///< since the object read longest ago was read to its end
    milliseconds oldest_cursor{0};  ///< age of the oldest cursor; idle meetings make it grow
    milliseconds due_lag{0};        ///< how long the object that waits longest has been due
    std::vector<std::uint32_t> budget_left{};  ///< requests that may be sent at once, by limit
    bool denied = false;          ///< 401 or 403: only probed until the credential is accepted
    bool failing = false;         ///< only failures of late: only probed
    bool throttled = false;       ///< 429 or Retry-After: the credential waits
    bool storage_closed = false;  ///< rows cannot be stored: nobody is asked

    bool operator==(const source_state&) const = default;
};

}  // namespace rollcall
