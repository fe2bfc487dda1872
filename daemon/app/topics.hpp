#pragma once

#include "settings/settings.hpp"

namespace rollcall {

struct topics_options {
    bool create = false;  ///< make what does not exist yet; what exists is never changed
};

/// `rollcall topics`: prints the topics as they should be beside what the cluster has, one a line,
/// to standard output. `exit_done` where nothing differs (or is missing, after `create`),
/// `exit_failed` where something does or no broker answers.
int run_topics(const settings& with, const topics_options& how);

}  // namespace rollcall
