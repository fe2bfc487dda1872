#pragma once

#include "providers/provider.hpp"

#include <memory>

namespace rollcall::realtimekit {

/// Cloudflare RealtimeKit (docs/providers.md): webhooks, signed with a key that the service itself
/// publishes, and the sessions of its REST API. Of the options it takes the header prefixes, by
/// default `rtk-` alone, and the filters.
std::unique_ptr<const provider> make(const source_options& options);

}  // namespace rollcall::realtimekit
