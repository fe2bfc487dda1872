#pragma once

#include "core/time.hpp"

#include <cstdint>

namespace rollcall {

/// How long to wait after failures.
struct backoff {
    milliseconds first{1'000};  ///< the longest wait after one failure; doubles with each
    milliseconds cap{60'000};   ///< the longest wait at all
    milliseconds least{0};      ///< the shortest one

    /// After the `failures`-th failure in a row (from 1): anything between `least` and the
    /// exponential bound ("full jitter"), so that those who failed together do not return together.
    /// `chance` is uniform in [0, 1).
    milliseconds delay(std::uint32_t failures, double chance) const;
};

}  // namespace rollcall
