#pragma once

#include <atomic>
#include <cstdint>

namespace rollcall {

/// What one source's polling came to. Moved by the poller's thread, read by any.
struct poll_counts {
    std::atomic<std::uint64_t> requests{0};   ///< sent
    std::atomic<std::uint64_t> rows{0};       ///< stored in the intake
    std::atomic<std::uint64_t> failed{0};     ///< 5xx, broken answers, time-outs, no connection
    std::atomic<std::uint64_t> throttled{0};  ///< 429
    std::atomic<std::uint64_t> denied{0};     ///< 401, 403
    std::atomic<std::uint64_t> given_up{0};   ///< rows and answers passed over, and told of
    std::atomic<std::uint64_t> followed{0};   ///< objects that are being followed now
};

}  // namespace rollcall
