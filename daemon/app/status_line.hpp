#pragma once

#include "relay/relay.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace rollcall {

/// What the daemon says about itself in one line.
struct status_facts {
    std::optional<std::string> not_ready;  ///< why; nothing once ready
    relay_state relay;
    std::size_t sources = 0;
    std::uint64_t spooled = 0;  ///< records that wait on the disk
};

/// `ready; 3 sources, 12 partitions, 0 records spooled`. For `systemctl status`.
std::string status_line(const status_facts& of);

}  // namespace rollcall
