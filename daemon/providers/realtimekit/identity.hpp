#pragma once

#include "core/event.hpp"

#include <string>
#include <string_view>

namespace rollcall::realtimekit {

/// The identity of a meeting's event: session and kind.
std::string identity_of(std::string_view session, kind what);
/// That of all of a peer's events of that kind; which one it is is counted.
std::string identity_of(std::string_view session, std::string_view peer, kind what);

/// The name of a session for who knows only its permanent meeting and when it started.
std::string name_of(std::string_view meeting, timestamp started_at);

}  // namespace rollcall::realtimekit
