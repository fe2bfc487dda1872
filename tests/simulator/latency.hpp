#pragma once

#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace rollcall::simulator {

/// Times from a microsecond to about ten minutes, each kept to within two per cent, in constant
/// memory.
class latency_histogram {
public:
    void add(std::chrono::microseconds took)
    {
        const auto us = static_cast<double>(took.count() < 1 ? 1 : took.count());
        const auto at = static_cast<std::size_t>(std::log(us) / std::log(step));
        ++buckets_[at < buckets_.size() ? at : buckets_.size() - 1];
        ++count_;
    }

    void add(const latency_histogram& other)
    {
        for (std::size_t i = 0; i < buckets_.size(); ++i)
            buckets_[i] += other.buckets_[i];
        count_ += other.count_;
    }

    std::uint64_t count() const { return count_; }

    /// The time that the given share (0 to 1) did not exceed, in milliseconds; 0 where there is
    /// none.
    double quantile_ms(double share) const
    {
        if (count_ == 0)
            return 0;
        const auto rank =
            static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
        std::uint64_t seen = 0;
        std::size_t at = 0;
        while (at + 1 < buckets_.size() && (seen += buckets_[at]) < rank)
            ++at;
        return std::pow(step, static_cast<double>(at) + 0.5) / 1000;
    }

private:
    static constexpr double step = 1.02;
    std::array<std::uint64_t, 1024> buckets_{};
    std::uint64_t count_ = 0;
};

}  // namespace rollcall::simulator
