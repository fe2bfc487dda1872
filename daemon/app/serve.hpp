#pragma once

#include "settings/settings.hpp"

namespace rollcall {

/// `rollcall serve`: the daemon, from its first log line to its last. Returns after SIGTERM or
/// SIGINT has been worked off (`exit_done`), or when it cannot go on (`exit_failed`). Logging is
/// configured already. What it throws while starting (a port in use, a producer refused) is for
/// `main`.
int run_serve(const settings& with);

}  // namespace rollcall
