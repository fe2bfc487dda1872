#pragma once

#include <cstdint>
#include <string>

namespace rollcall::test {

/// A TCP port of 127.0.0.1 that nobody listens on now, below the range outgoing connections take
/// theirs from: it stays free through a restart, and a client that knocks meanwhile cannot meet
/// itself there.
std::uint16_t free_port();

/// `127.0.0.1:<a free port>`.
std::string free_address();

}  // namespace rollcall::test
