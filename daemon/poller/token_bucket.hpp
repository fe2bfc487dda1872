#pragma once

#include "core/time.hpp"

#include <cstdint>

namespace rollcall {

/// The budget of one credential: at most so many requests in any minute, as the provider counts
/// them. That minute slides, so a bucket that may be emptied at once and refilled at the full rate
/// would allow more than the limit; this one leaves room for its burst and for two seconds by which
/// requests travel at different speeds, and uses 95 % of the limit. No clock of its own.
class token_bucket {
public:
    explicit token_bucket(std::uint32_t requests_a_minute);

    /// When the next request may be sent; a time in the past where it may be now.
    timestamp ready_at() const;
    bool ready(timestamp now) const { return ready_at() <= now; }
    /// A request is sent. Only when it is `ready`.
    void take(timestamp now);

    /// How many may be sent at once now.
    std::uint32_t left(timestamp now) const;

    /// The provider itself has told of a smaller budget; a larger one changes nothing.
    void limit_to(std::uint32_t requests_a_minute);

    /// How many requests may be sent at once after a pause.
    std::uint32_t burst() const { return burst_; }

private:
    using nanoseconds = std::chrono::nanoseconds;

    std::uint32_t burst_;
    nanoseconds spacing_;  // between two requests when all of the budget is used
    nanoseconds full_at_;  // since the epoch: when the bucket is full again (GCRA's arrival time)
};

}  // namespace rollcall
