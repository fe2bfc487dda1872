#pragma once

#include "settings/settings.hpp"

#include <iosfwd>

namespace rollcall {

/// `rollcall check`, for settings without faults: what `serve` would run with them, in a few lines
/// and without a secret, and what each mapping makes of its examples. Touches neither the network
/// nor Kafka. `exit_done`, or `exit_wrong_configuration` where an example does not fit its mapping;
/// all other faults are found while loading.
int run_check(const settings& with, std::ostream& out);

}  // namespace rollcall
