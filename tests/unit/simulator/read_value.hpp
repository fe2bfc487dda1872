#pragma once

#include "simulator/value.hpp"

#include <string_view>

namespace rollcall::simulator {

/// JSON text as the simulator's value, members in their order and number tokens as they stand.
/// Throws `std::invalid_argument` for what is not JSON.
value read_value(std::string_view json);

}  // namespace rollcall::simulator
