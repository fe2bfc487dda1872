#pragma once

#include "core/time.hpp"
#include "providers/event_mapping.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rollcall {

/// What the settings of a source say to its provider. Each provider takes what concerns it.
struct source_options {
    std::string region;  ///< one of `provider::regions()`; empty where there are none
    /// How far a signed time may be from now, in both directions.
    milliseconds signature_tolerance{300'000};
    /// Details of participants that the REST API is asked for, separated by commas; empty: none.
    std::string filters;
    /// Lower case, with what separates it from the rest: `webhook-`. Empty: the provider's own.
    std::vector<std::string> header_prefixes;
    /// How the bodies are read, for a provider whose `needs_mapping()`.
    std::optional<event_mapping> mapping;
    /// Who may ask whether it may send (CloudEvents' validation handshake); `*` is everybody.
    std::vector<std::string> allowed_origins;
    std::uint32_t allowed_rate = 0;  ///< requests a minute that such a sender is told; 0: any

    // Of a provider whose events are downloaded as files.

    std::size_t download_elements = 1'000'000;       ///< of one file, at most
    std::size_t download_element_bytes = 64 * 1024;  ///< a longer element is passed over
    unsigned download_depth = 32;                    ///< so is one nested deeper
    /// What is written to the provider's metadata of a settled meeting, by key: texts with places
    /// for what is known of it. Empty: nothing.
    std::map<std::string, std::string> marks;
    bool speaker_timeline = false;  ///< stands in for speech that nothing else has told
};

}  // namespace rollcall
