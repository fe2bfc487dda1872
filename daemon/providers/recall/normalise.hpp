#pragma once

#include "providers/provider.hpp"

#include <string_view>

namespace rollcall::recall {

/// The events of one webhook, or the name of what it was. What participants do, and the start and
/// the end of a recording, become events; every other name is ignored, known or not, and so is a
/// bot's state that names no recording. Unknown members, nulls and empty strings are no faults; a
/// member that an event cannot do without is: its path and `errc::missing_field`, `wrong_type` or
/// `bad_time`. A body that is no JSON object fails as `json_tree::parse` does, or with
/// `errc::wrong_type`.
result<normalised, fault> normalise(const intake_record& record, std::string_view region);

}  // namespace rollcall::recall
