#pragma once

#include "core/time.hpp"

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
};

}  // namespace rollcall
