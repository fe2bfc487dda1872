#pragma once

#include "core/event.hpp"
#include "core/intake_record.hpp"

#include <string_view>

namespace rollcall {

/// An event with what its record tells of it, as `provider::normalise` promises: source, provider,
/// way, receive time and trace. `type` is the webhook's name for it.
event new_event(const intake_record& record, kind what, std::string_view type);

}  // namespace rollcall
