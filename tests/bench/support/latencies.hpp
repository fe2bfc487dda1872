#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace rollcall::bench {

/// Every answer's time, kept whole: a benchmark's last percentiles are what it is for.
class latencies {
public:
    void add(std::chrono::nanoseconds time)
    {
        nanoseconds_.push_back(static_cast<std::uint64_t>(time.count()));
    }
    std::size_t size() const { return nanoseconds_.size(); }
    /// In milliseconds; `share` from 0 to 1. Zero where there are none.
    double percentile(double share);

private:
    std::vector<std::uint64_t> nanoseconds_;
};

}  // namespace rollcall::bench
