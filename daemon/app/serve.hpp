#pragma once

#include "settings/load.hpp"
#include "settings/settings.hpp"

#include <functional>

namespace rollcall {

/// Reads the settings again, as they were read at the start.
using settings_source = std::function<loaded_settings()>;

/// `rollcall serve`: the daemon, from its first log line to its last. Returns after SIGTERM or
/// SIGINT has been worked off (`exit_done`), or when it cannot go on (`exit_failed`). Logging is
/// configured already; SIGHUP asks `again` for the settings. What it throws while starting (a port
/// in use, a producer refused) is for `main`.
int run_serve(const settings& with, settings_source again);

}  // namespace rollcall
