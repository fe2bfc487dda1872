#pragma once

#include "core/time.hpp"
#include "providers/event_mapping.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rollcall {

/// What the settings of a source say to its provider. Each provider takes what concerns it.
struct source_options {
    std::string region;  ///< one of `provider::regions()`; empty where there are none
    /// How far a signed time may be from now, in both directions.
    milliseconds signature_tolerance{300'000};
    /// Lower case, with what separates it from the rest: `webhook-`. Empty: the provider's own.
    std::vector<std::string> header_prefixes;
    /// How the bodies are read, for a provider whose `needs_mapping()`.
    std::optional<event_mapping> mapping;
    /// Who may ask whether it may send (CloudEvents' validation handshake); `*` is everybody.
    std::vector<std::string> allowed_origins;
    std::uint32_t allowed_rate = 0;  ///< requests a minute that such a sender is told; 0: any
};

}  // namespace rollcall
