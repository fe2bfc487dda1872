#pragma once

#include "http/deadlines.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace rollcall::http {

/// When failed TLS handshakes are worth a line in the log: the first is, and then one a minute at
/// most. Whoever scans ports fills no disk. One thread.
class handshake_alarm {
public:
    static constexpr milliseconds between{60'000};

    /// One has failed. How many have since the last line, when it is time for another.
    std::optional<std::uint64_t> failed(steady_time now)
    {
        ++untold_;
        if (told_ && now < *told_ + between)
            return std::nullopt;
        told_ = now;
        return std::exchange(untold_, 0);
    }

private:
    std::uint64_t untold_ = 0;
    std::optional<steady_time> told_;
};

}  // namespace rollcall::http
