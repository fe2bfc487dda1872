#pragma once

#include "providers/provider.hpp"

namespace rollcall::attendee {

/// Attendee's webhooks, API v1 (docs/providers.md): what is signed is the canonical form of the
/// body.
const provider& webhooks();

}  // namespace rollcall::attendee
