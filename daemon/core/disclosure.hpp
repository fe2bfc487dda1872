#pragma once

#include <cstdint>

namespace rollcall {

/// What becomes of a personal fact in what is published.
enum class disclosure : std::uint8_t {
    keep,
    drop,          ///< null
    pseudonymise,  ///< a keyed hash in its place: equal for equal facts
};

}  // namespace rollcall
