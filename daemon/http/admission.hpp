#pragma once

#include <cstdint>

namespace rollcall::http {

/// What becomes of a new connection.
enum class admission {
    serve,
    turn_away,  ///< 503 with `Retry-After`: better than silence in the backlog, which a sender pays
                ///< with its time-out
    drop,       ///< closed at once: more are being turned away than is worth a descriptor each
};

inline constexpr std::uint32_t most_turned_away = 64;  ///< at a time, per thread

/// `open`: served now, without the new one; `leaving`: being turned away now.
constexpr admission admit(std::uint32_t open, std::uint32_t leaving, std::uint32_t allowed)
{
    if (open < allowed)
        return admission::serve;
    return leaving < most_turned_away ? admission::turn_away : admission::drop;
}

}  // namespace rollcall::http
