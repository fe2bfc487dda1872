#pragma once

#include "app/intake_place.hpp"
#include "core/time.hpp"
#include "settings/settings.hpp"

#include <optional>
#include <string>

namespace rollcall {

struct deadletter_options {
    enum class action { list, show, replay };

    action what = action::list;
    std::string reason;                 ///< only those whose reason, place or step has this in it
    std::string source;                 ///< empty: of any
    std::optional<timestamp> since;     ///< absent: from the first that is there
    std::optional<timestamp> until;     ///< absent: to the last
    std::optional<intake_place> place;  ///< partition and offset of one; of `show` always
    bool json = false;                  ///< of `list`: one JSON object a line
    bool body = false;                  ///< of `show`: the body on a terminal, too
    bool dry_run = false;
};

/// `rollcall deadletter`. `list` and `show` change nothing. `replay` puts payloads that can be used
/// now into the intake again, and says what becomes of the others; none of them leaves the dead
/// letters. `exit_failed` where Kafka does not answer or there is no such letter.
int run_deadletter(const settings& with, const deadletter_options& how);

}  // namespace rollcall
