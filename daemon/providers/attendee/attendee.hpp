#pragma once

#include "providers/provider.hpp"

namespace rollcall::attendee {

/// Attendee, API v1 (docs/providers.md): webhooks, of which the canonical form is signed, and the
/// REST side.
std::unique_ptr<const provider> make(const source_options& options);

}  // namespace rollcall::attendee
