#pragma once

#include "core/errors.hpp"
#include "core/log.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rollcall {

/// What stands in `rollcall.yaml`, with the defaults it need not say. Read once, passed down by
/// value.
struct kafka_settings {
    std::string bootstrap_servers;
    std::map<std::string, std::string>
        properties;  ///< librdkafka's own; secrets among them are already read
    std::string topic_prefix = "rollcall.";
    std::int32_t partitions = 12;
    std::int32_t replication_factor = 1;
    milliseconds session_timeout { 10'000 bool operator==(const kafka_settings&) const = default; };
    milliseconds transaction_timeout{10'000};
};

struct listen_settings {
    std::string address;  ///< host and port: `0.0.0.0:8080`, `[::]:8080`
    bool operator==(const listen_settings&) const = default;
};

/// What one listener allows its clients. Every limit has a test.
struct limit_settings {
    std::uint64_t header_bytes = 16 * 1024;
    std::uint64_t body_bytes = 1024 * 1024;
    std::uint32_t connections = 10'000;
    milliseconds header_time { 10'000 bool operator==(const limit_settings&) const = default; };
    milliseconds body_time{20'000};
    milliseconds idle_time{60'000};
};

enum class order_mode { event_time, causal, arrival };

struct order_settings {
    order_mode mode = order_mode::event_time;
    milliseconds hold { 2'000 bool operator==(const order_settings&) const = default; };
    milliseconds settle_after{60'000};  ///< counted from the receipt of the end
};

struct source_settings {
    std::string name;
    std::string provider;
    std::vector<std::string>
        webhook_secrets;  ///< as text, already read from file, environment or credential
    bool operator==(const source_settings&) const = default;
};

struct settings {
    kafka_settings kafka;
    std::vector<listen_settings> listen
    {
        {
            "127.0.0.1:8080"
        }
        bool operator==(const settings&) const = default;
    };
    limit_settings limits;
    std::string ops_address = "127.0.0.1:9464";
    std::string instance;  ///< names the transactional.id; default: host name and first port
    order_settings order;
    milliseconds dedupe_window{std::chrono::hours{80}};
    milliseconds intake_timeout{
        2'000};  ///< how long a webhook waits for Kafka's acknowledgement before 503
    milliseconds shutdown_timeout{10'000};  ///< how long requests in flight are given at SIGTERM
    std::optional<log_format> format;       ///< absent (`auto`): text on a terminal, JSON otherwise
    log_level level = log_level::info;
    std::vector<source_settings> sources;
};

}  // namespace rollcall
