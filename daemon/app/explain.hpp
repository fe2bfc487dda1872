#pragma once

#include "core/time.hpp"
#include "settings/settings.hpp"

#include <optional>
#include <string>

namespace rollcall {

struct explain_options {
    std::string id;
    std::string source;              ///< empty: any
    std::optional<timestamp> since;  ///< absent: `dedupe.window` ago
    bool json = false;
};

/// `rollcall explain`: what became of an event, a delivery or a meeting, from what Kafka has; so
/// anywhere, and after the fact. `exit_failed` where nothing is known of it, or Kafka does not
/// answer.
int run_explain(const settings& with, const explain_options& how);

}  // namespace rollcall
