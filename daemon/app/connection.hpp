#pragma once

#include "kafka/connection.hpp"
#include "settings/settings.hpp"

#include <cstdint>
#include <memory>

namespace rollcall {

/// The largest record, key and value, that is handed to Kafka: the largest body the listener takes
/// and what a message adds to it, or what the settings give as message.max.bytes.
std::int64_t largest_record_bytes(const settings& with);

/// How the settings say the cluster is reached. `told`: how the clients are; null: nobody.
kafka_connection connection_of(
    const settings& with, std::shared_ptr<client_statistics> told = nullptr
);

}  // namespace rollcall
