#pragma once

#include "kafka/connection.hpp"
#include "settings/settings.hpp"

namespace rollcall {

/// How the settings say the cluster is reached.
inline kafka_connection connection_of(const settings& with)
{
    return {
        .bootstrap_servers = with.kafka.bootstrap_servers,
        .client_id = "rollcall-" + with.instance,
        .properties = with.kafka.properties};
}

}  // namespace rollcall
