#pragma once

#include "settings/settings.hpp"

#include <iosfwd>

namespace rollcall {

/// `rollcall check`, for settings without faults: what `serve` would run with them, in a few lines
/// and without a secret. Touches neither the network nor Kafka. Always `exit_done`: the faults are
/// found while loading.
int run_check(const settings& with, std::ostream& out);

}  // namespace rollcall
