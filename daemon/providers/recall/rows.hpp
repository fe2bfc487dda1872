#pragma once

#include "providers/provider.hpp"

#include <string_view>

namespace rollcall::recall {

/// The events of one row that was polled or downloaded (`item`), or the name of what it was:
///
/// - what participants did, under the identities of the real-time webhooks;
/// - the start and the end of a recording, from its own states and from those of its bot, under the
///   identities of the status webhooks;
/// - what became known of a participant late, as `participant.updated`;
/// - speech by the speaker timeline, which stands in for what nobody else has told.
///
/// A row of the list of artifacts is a sign only. Faults are as those of webhooks.
result<normalised, fault> normalise_row(const intake_record& record, std::string_view region);

}  // namespace rollcall::recall
