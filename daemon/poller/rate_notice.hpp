#pragma once

#include "core/intake_record.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <optional>

namespace rollcall {

/// What an answer tells of its credential's budget.
struct rate_notice {
    std::optional<std::uint64_t> left;      ///< requests, until `resets_in` has passed
    std::optional<milliseconds> resets_in;  ///< at most an hour
    std::optional<std::uint64_t> a_minute;  ///< the smallest of the policies told, in a minute
    bool operator==(const rate_notice&) const = default;
};

/// Reads `Ratelimit: "default";r=12;t=30` and `Ratelimit-Policy: "burst";q=100;w=60` (one member or
/// more; of several limits the one with the least left counts), and where they are missing
/// `x-ratelimit-limit`, `x-ratelimit-remaining` and `x-ratelimit-reset`, in seconds from now or
/// since 1970. What cannot be read says nothing. `fields`: names in lower case.
rate_notice read_rate_notice(const headers& fields, timestamp now);

}  // namespace rollcall
