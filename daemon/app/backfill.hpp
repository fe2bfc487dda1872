#pragma once

#include "core/time.hpp"
#include "settings/settings.hpp"

#include <filesystem>
#include <string>

namespace rollcall {

struct backfill_options {
    std::string source;
    timestamp since{};
    /// Keeps how far it has got, so that another call goes on there; empty: nowhere.
    std::filesystem::path progress;
};

/// `rollcall backfill`: tells the owners of all meetings that the source has had since then to read
/// them from their start, as `rollcall track add` does for one. Says after each page how many it
/// has told of. Where it breaks off, all that it has told of is stored.
int run_backfill(const settings& with, const backfill_options& how);

}  // namespace rollcall
