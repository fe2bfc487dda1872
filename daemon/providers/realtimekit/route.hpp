#pragma once

#include "providers/provider.hpp"

#include <span>
#include <string>

namespace rollcall::realtimekit {

/// The meeting is the session; where the body does not name it, `meeting:` and the permanent
/// meeting, so that the record waits where that meeting's others do. The delivery is `rtk-uuid`.
///
/// Only the four webhooks that become events are to be stored: the others carry download links and
/// stream keys, and so may those that are still to come. Unlike other providers' routes it reads
/// the whole body, for what is no JSON is answered otherwise; `errc::not_json` and what else
/// `json_tree` refuses.
result<routing, fault> route(const webhook_request& request, std::span<const std::string> prefixes);

}  // namespace rollcall::realtimekit
