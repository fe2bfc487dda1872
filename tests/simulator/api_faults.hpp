#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace rollcall::simulator {

/// What becomes of a request that the API could have answered.
enum class api_fault : std::uint8_t {
    none,
    throttled,  ///< 429 with `Retry-After`
    failed,     ///< 500
    silent,     ///< taken, never answered
    slow,       ///< the answer's body drips
    broken,     ///< 200 with half of the JSON
    reset,      ///< the connection is reset instead
};
inline constexpr std::size_t api_fault_kinds = 7;
std::string_view to_string(api_fault fault);

/// How often one of them happens.
struct fault_rate {
    double share = 0;         ///< of the requests, 0 to 1
    std::uint64_t first = 0;  ///< so many requests from the start, before there is any chance in it
};

/// How `Retry-After` is given.
enum class retry_form : std::uint8_t { seconds, date, alternating };

struct api_faults {
    std::array<fault_rate, api_fault_kinds> rates{};  ///< by `api_fault`; of `none`: no matter
    std::chrono::seconds retry_after{1};
    retry_form form = retry_form::seconds;
    std::chrono::milliseconds slow_span{3'000};  ///< how long a slow body takes

    fault_rate& of(api_fault fault) { return rates[static_cast<std::size_t>(fault)]; }
};

/// Decides on one request after the other; the same seed gives the same faults.
class fault_chance {
public:
    fault_chance(const api_faults& wanted, std::uint64_t seed) : wanted_{wanted}, seed_{seed} {}

    api_fault next();

private:
    api_faults wanted_;
    std::uint64_t seed_;
    std::uint64_t number_ = 0;
};

}  // namespace rollcall::simulator
