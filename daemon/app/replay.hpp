#pragma once

#include "core/time.hpp"
#include "settings/settings.hpp"

#include <optional>
#include <string>

namespace rollcall {

struct replay_options {
    timestamp since{};               ///< when the record was stored
    std::optional<timestamp> until;  ///< absent: to the last
    std::string source;              ///< empty: of any
    bool dry_run = false;
};

/// `rollcall replay`: reads the intake again by the settings in force, and puts those records into
/// it once more that tell what is not published; the running daemon decides. What the relay has not
/// passed yet is left alone. `exit_failed` where Kafka does not answer.
int run_replay(const settings& with, const replay_options& how);

}  // namespace rollcall
