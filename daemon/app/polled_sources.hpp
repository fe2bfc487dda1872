#pragma once

#include "poller/polled_source.hpp"
#include "settings/settings.hpp"

#include <vector>

namespace rollcall {

/// The sources that are polled, as the poller takes them. Throws `std::runtime_error` on a provider
/// that does not exist.
std::vector<polled_source> polled_sources(const settings& with);

}  // namespace rollcall
