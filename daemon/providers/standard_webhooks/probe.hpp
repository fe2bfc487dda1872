#pragma once

#include "providers/event_mapping.hpp"
#include "providers/provider.hpp"

namespace rollcall::standard_webhooks {

/// A body in the first of the forms that the mapping reads, whose type is none of its kinds.
probe make_probe(const event_mapping& by);

}  // namespace rollcall::standard_webhooks
