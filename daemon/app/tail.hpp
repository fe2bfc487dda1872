#pragma once

#include "settings/settings.hpp"

#include <string>
#include <variant>

namespace rollcall {

/// Where `tail` starts to read.
struct from_beginning {
    bool operator==(const from_beginning&) const = default;
};
struct from_now {
    bool operator==(const from_now&) const = default;
};
using tail_start = std::variant<from_now, from_beginning, timestamp>;

struct tail_options {
    bool json = false;    ///< one JSON object a line instead of aligned columns
    std::string meeting;  ///< only this meeting; empty for all
    tail_start from;      ///< an instant: the first message published then or later
};

/// `rollcall tail`: prints published events (`read_committed`) to standard output until SIGINT or
/// SIGTERM, or until the reader of the output is gone (`exit_done` for all three). Colours only on
/// a terminal. `exit_failed` where no broker answers or the topics do not exist.
int run_tail(const settings& with, const tail_options& how);

}  // namespace rollcall
