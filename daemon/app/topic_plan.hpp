#pragma once

#include "core/errors.hpp"
#include "kafka/admin.hpp"
#include "settings/settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rollcall {

/// The topics of one installation as `rollcall topics --create` makes them: intake, attendance,
/// activity, tracking, deadletter, in this order (design: "Topics").
std::vector<topic_plan> plan_topics(const settings& with);

/// A topic that is, or is not, as exactly-once needs it.
struct topic_finding {
    std::string topic;
    std::optional<topic_state> is;  ///< absent where it does not exist
    std::vector<std::string>
        wrong;  ///< one line each, with what is and what would be right; empty where all is well
    std::vector<std::string> notes;  ///< what differs from the settings and may
};

/// Holds what exists against what must be. What must be: every topic exists; intake, attendance,
/// activity and tracking have one number of partitions; cleanup.policy; CreateTime; room for the
/// largest record; nothing of attendance and activity is deleted within `dedupe.window`. Retentions
/// beyond that are the operator's own: where they differ from the settings is noted. `is` has the
/// order of `plans`.
std::vector<topic_finding> compare_topics(
    const std::vector<topic_plan>& plans,
    const std::vector<std::optional<topic_state>>& is,
    milliseconds dedupe_window
);

/// Asks the cluster first. The error is that of the question: `kafka_timed_out` where no broker
/// answers.
result<std::vector<topic_finding>> inspect_topics(const settings& with, admin& cluster);

}  // namespace rollcall
