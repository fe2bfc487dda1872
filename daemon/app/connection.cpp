#include "app/connection.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace rollcall {
namespace {

constexpr auto property = "message.max.bytes";

}  // namespace

std::int64_t largest_record_bytes(const settings& with)
{
    constexpr std::int64_t around_a_body = 500'000;
    constexpr std::int64_t at_least = 2'000'000;
    const auto body = static_cast<std::int64_t>(with.limits.body_bytes);
    std::int64_t bytes = std::max(at_least, body + around_a_body);
    if (const auto it = with.kafka.properties.find(property); it != with.kafka.properties.end())
        std::from_chars(it->second.data(), it->second.data() + it->second.size(), bytes);
    return bytes;
}

kafka_connection connection_of(const settings& with, std::shared_ptr<client_statistics> told)
{
    kafka_connection connection{
        .bootstrap_servers = with.kafka.bootstrap_servers,
        .client_id = "rollcall-" + with.instance,
        .properties = with.kafka.properties,
        .statistics = std::move(told)};
    connection.properties.emplace(property, std::to_string(largest_record_bytes(with)));
    return connection;
}

}  // namespace rollcall
