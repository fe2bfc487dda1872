#pragma once

#include "settings/settings.hpp"

#include <string>

namespace rollcall {

/// What the topics and the consumer group of one installation are called: everything that is named
/// in Kafka, but for the transactional.id.
struct topic_names {
    std::string intake;      ///< accepted payloads, for the relay only
    std::string attendance;  ///< `channel::attendance`
    std::string activity;    ///< `channel::activity`
    std::string tracking;    ///< what is polled, and how far
    std::string deadletter;  ///< authentic payloads that could not be used
    std::string group;       ///< of the relays
};

topic_names names_of(const kafka_settings& kafka);

}  // namespace rollcall
