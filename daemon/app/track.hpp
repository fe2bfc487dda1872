#pragma once

#include "settings/settings.hpp"

#include <string>

namespace rollcall {

struct track_options {
    enum class action { list, add, drop, sweep };

    action what = action::list;
    std::string source;   ///< of `list`: only this one; empty: all
    std::string meeting;  ///< of the others
    bool json = false;    ///< one JSON object a line
};

/// `rollcall track`. `list` prints what is polled and how far, from Kafka, so on any machine. The
/// others tell the meeting's owner through the intake, and return once that is stored.
int run_track(const settings& with, const track_options& how);

}  // namespace rollcall
