#pragma once

#include "kafka/connection.hpp"
#include "kafka/record.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rollcall {

/// A topic as it should be.
struct topic_plan {
    std::string name;
    std::int32_t partitions = 1;
    std::int32_t replication_factor = 1;
    std::map<std::string, std::string>
        config;  ///< cleanup.policy, retention.ms, message.timestamp.type, ...
};

/// A topic as it is.
struct topic_state {
    std::string name;
    std::int32_t partitions = 0;
    std::int32_t replication_factor = 0;
    std::map<std::string, std::string> config;  ///< all of the broker's values, defaults included
};

/// Topics, as an administrator sees them. Blocking; for commands and the start.
class admin {
public:
    explicit admin(const kafka_connection& connection);
    ~admin();

    /// Nothing where the topic does not exist. `kafka_timed_out` where no broker answers.
    result<std::optional<topic_state>> describe(const std::string& topic, milliseconds timeout);
    /// Exists already: no error.
    error_code create(const topic_plan& plan, milliseconds timeout);
    /// With all that is in it. Does not exist: no error.
    error_code remove(const std::string& topic, milliseconds timeout);
    /// librdkafka's or the broker's words for the last error.
    const std::string& last_error() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace rollcall
