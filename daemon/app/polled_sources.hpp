#pragma once

#include "app/source_providers.hpp"
#include "poller/polled_source.hpp"
#include "settings/settings.hpp"

#include <vector>

namespace rollcall {

/// The sources that are polled, as the poller takes them. `providers` outlives them.
std::vector<polled_source> polled_sources(const settings& with, const source_providers& providers);

}  // namespace rollcall
