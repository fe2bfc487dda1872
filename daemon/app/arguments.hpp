#pragma once

#include "app/backfill.hpp"
#include "app/deadletters.hpp"
#include "app/doctor.hpp"
#include "app/explain.hpp"
#include "app/health.hpp"
#include "app/hooks.hpp"
#include "app/replay.hpp"
#include "app/spool.hpp"
#include "app/tail.hpp"
#include "app/topics.hpp"
#include "app/track.hpp"
#include "settings/overrides.hpp"

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace rollcall {

/// What the command line asks for.
struct arguments {
    enum class command {
        serve,
        check,
        topics,
        tail,
        track,
        spool,
        backfill,
        hooks,
        health,
        doctor,
        explain,
        deadletter,
        replay,
    };

    command what = command::serve;
    std::filesystem::path settings_file = "/etc/rollcall/rollcall.yaml";
    std::vector<setting_override> overrides;
    topics_options topics;
    tail_options tail;
    track_options track;
    spool_command spool;
    backfill_options backfill;
    hooks_options hooks;
    health_options health;
    doctor_options doctor;
    explain_options explain;
    deadletter_options deadletter;
    replay_options replay;
};

/// The command line has been answered already: with help or the version (`exit_done`, for standard
/// output), or with what is wrong with it (`exit_wrong_usage`, for standard error).
struct answered {
    int exit_code = 0;
    std::string text;  ///< ends with a newline
};

/// Reads the command line, without the program's name. `now` is what `--from 10m` counts back from.
std::variant<arguments, answered> parse_arguments(std::vector<std::string> words, timestamp now);

}  // namespace rollcall
