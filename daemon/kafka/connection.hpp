#pragma once

#include <map>
#include <memory>
#include <string>

namespace rollcall {

class client_statistics;

/// How every client of this process reaches the cluster.
struct kafka_connection {
    std::string bootstrap_servers;
    std::string client_id = "rollcall";
    /// Further librdkafka properties, as they stand in the settings. Those exactly-once rests on
    /// are refused
    /// (`refused_property`); for the others, what stands here wins over our default.
    std::map<std::string, std::string> properties;
    /// Told how the clients are that the daemon's work depends on; null: nobody is.
    std::shared_ptr<client_statistics> statistics;
};

/// Why `name` may not be set by hand, or an empty string where it may. Never touches the network.
std::string refused_property(const std::string& name);

/// What librdkafka says about `name = value`, or an empty string where it takes it. Never touches
/// the network.
std::string property_fault(const std::string& name, const std::string& value);

/// Why no client can be had with all of these properties: a password without a name, a certificate
/// that cannot be read, a key of another one. Empty where one can. Reads the files they name; never
/// touches the network.
std::string properties_fault(const std::map<std::string, std::string>& properties);

/// `2.0.2` and so on: the library that is running, for `--version`.
std::string librdkafka_version();

}  // namespace rollcall
