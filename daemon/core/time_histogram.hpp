#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace rollcall {

/// How long something took, counted by how long: from half a millisecond to two minutes. Any thread
/// observes, at the price of two additions without a lock; any thread looks.
class time_histogram {
public:
    using microseconds = std::chrono::microseconds;

    /// The upper bounds of the buckets, each included. What took longer is in none of them.
    static constexpr std::array<microseconds, 17> bounds{
        microseconds{500},
        microseconds{1'000},
        microseconds{2'500},
        microseconds{5'000},
        microseconds{10'000},
        microseconds{25'000},
        microseconds{50'000},
        microseconds{100'000},
        microseconds{250'000},
        microseconds{500'000},
        microseconds{1'000'000},
        microseconds{2'500'000},
        microseconds{5'000'000},
        microseconds{10'000'000},
        microseconds{30'000'000},
        microseconds{60'000'000},
        microseconds{120'000'000}};

    /// What took less than nothing, by a clock that was set back, counts as nothing.
    void observe(microseconds took)
    {
        took = std::max(took, microseconds::zero());
        const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), took) - bounds.begin();
        counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
        sum_us_.fetch_add(static_cast<std::uint64_t>(took.count()), std::memory_order_relaxed);
    }

    struct reading {
        /// How many took no longer than the bound of the same number; the last one: all of them.
        std::array<std::uint64_t, bounds.size() + 1> up_to{};
        double sum_seconds = 0;
    };
    /// Of observations that are made meanwhile, some may be in the sum and not in the buckets.
    reading read() const
    {
        reading now;
        std::uint64_t so_far = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i)
            now.up_to[i] = so_far += counts_[i].load(std::memory_order_relaxed);
        now.sum_seconds = static_cast<double>(sum_us_.load(std::memory_order_relaxed)) / 1e6;
        return now;
    }

private:
    std::array<std::atomic<std::uint64_t>, bounds.size() + 1> counts_{};
    std::atomic<std::uint64_t> sum_us_{0};
};

}  // namespace rollcall
