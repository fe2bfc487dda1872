#pragma once

#include "core/time.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace rollcall {

/// Says when something that goes on happening is to be logged: the first time, then once a while
/// with the number since the last.
class repeats {
public:
    explicit repeats(milliseconds every) : every_{every} {}

    /// It happened. How often since it was last told, when it is to be told now.
    std::optional<std::uint64_t> happened(timestamp now)
    {
        ++untold_;
        if (now < quiet_until_)
            return std::nullopt;
        quiet_until_ = now + every_;
        return std::exchange(untold_, 0);
    }
    /// It is over: the next time is a first one.
    void over()
    {
        quiet_until_ = timestamp::min();
        untold_ = 0;
    }

private:
    milliseconds every_;
    timestamp quiet_until_ = timestamp::min();
    std::uint64_t untold_ = 0;
};

}  // namespace rollcall
