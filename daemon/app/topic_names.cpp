#include "app/topic_names.hpp"

#include "core/event.hpp"

namespace rollcall {

topic_names names_of(const kafka_settings& kafka)
{
    const auto& prefix = kafka.topic_prefix;
    return {
        .intake = prefix + "intake",
        .attendance = std::string{prefix}.append(to_string(channel::attendance)),
        .activity = std::string{prefix}.append(to_string(channel::activity)),
        .tracking = prefix + "tracking",
        .deadletter = prefix + "deadletter",
        .group = prefix + "relay",
    };
}

}  // namespace rollcall
