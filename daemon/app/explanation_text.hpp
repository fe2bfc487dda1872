#pragma once

#include "app/explanation.hpp"
#include "app/topic_names.hpp"

#include <string>

namespace rollcall {

/// For people: each record of the intake with what became of its events, then what no record tells.
/// No names of participants.
std::string explanation_text(const explanation& all, const topic_names& names);

/// The same as one JSON object in one line, for programs.
std::string explanation_json(
    const explanation& all, const std::string& id, const topic_names& names
);

}  // namespace rollcall
