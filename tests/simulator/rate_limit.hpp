#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>

namespace rollcall::simulator {

/// So many requests in any window of that length, and not one more: the strictest reading of a
/// provider's "requests a minute". Pure; refused requests do not count.
class rate_limit {
public:
    using time = std::chrono::steady_clock::time_point;

    rate_limit(std::size_t requests, std::chrono::milliseconds window)
        : requests_{requests}, window_{window}
    {
    }

    /// Nothing: it is within the limit. Else how long until the next one would be.
    std::optional<std::chrono::milliseconds> refuse(time now)
    {
        while (!taken_.empty() && taken_.front() + window_ <= now)
            taken_.pop_front();
        if (taken_.size() < requests_) {
            taken_.push_back(now);
            return std::nullopt;
        }
        return std::chrono::ceil<std::chrono::milliseconds>(taken_.front() + window_ - now);
    }

    /// How many of the window that ends now were within the limit.
    std::size_t taken(time now) const
    {
        std::size_t count = 0;
        for (const auto at : taken_)
            count += at + window_ > now ? 1U : 0U;
        return count;
    }

private:
    std::size_t requests_;
    std::chrono::milliseconds window_;
    std::deque<time> taken_;
};

}  // namespace rollcall::simulator
