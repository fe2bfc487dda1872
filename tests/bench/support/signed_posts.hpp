#pragma once

#include "providers/provider.hpp"

#include <string>
#include <vector>

namespace rollcall::bench {

/// Webhooks as Attendee sends them, with their signatures: joins and leaves in `meetings` meetings,
/// `count` different requests of 420 bytes of body each. `key` as `parse_secret` gives it.
std::vector<std::string> signed_posts(
    const std::string& path, const webhook_key& key, unsigned count, unsigned meetings
);

}  // namespace rollcall::bench
