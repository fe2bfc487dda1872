#pragma once

#include "core/errors.hpp"
#include "providers/polling.hpp"

#include <string_view>

namespace rollcall {

/// What the scheduler is told about an answer that was refused, or cannot be read. The words for
/// the log hold nothing of the answer but its status; `what` says what that means.
poll_outcome refused_as(poll_result result, std::string_view what, const poll_response& answer);

/// A failure that is in the body of an answer of 200.
poll_outcome unusable(const fault& why);

}  // namespace rollcall
