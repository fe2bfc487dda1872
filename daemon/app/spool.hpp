#pragma once

#include "settings/settings.hpp"

namespace rollcall {

struct spool_command {
    bool verify = false;  ///< read every page and every record
};

/// `rollcall spool`: prints how much waits in this instance's spool and since when, what was set
/// aside, and, on request, whether all of it can be read; also while a daemon uses it.
/// `exit_failed` where something is damaged.
int run_spool(const settings& with, const spool_command& how);

}  // namespace rollcall
