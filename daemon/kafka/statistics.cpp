#include "kafka/statistics.hpp"

#include <rapidjson/document.h>

#include <algorithm>

namespace rollcall {
namespace {

const rapidjson::Value* member(const rapidjson::Value& of, const char* name)
{
    if (!of.IsObject())
        return nullptr;
    const auto found = of.FindMember(name);
    return found == of.MemberEnd() ? nullptr : &found->value;
}

double number(const rapidjson::Value& of, const char* name)
{
    const auto* const found = member(of, name);
    return found != nullptr && found->IsNumber() ? std::max(found->GetDouble(), 0.0) : 0;
}

std::uint64_t whole(const rapidjson::Value& of, const char* name)
{
    return static_cast<std::uint64_t>(number(of, name));
}

// Of a window: `{"rtt":{"p99":...}}`.
double number(const rapidjson::Value& of, const char* window, const char* name)
{
    const auto* const found = member(of, window);
    return found == nullptr ? 0 : number(*found, name);
}

void add_broker(client_figures& to, const rapidjson::Value& broker)
{
    constexpr double microsecond = 1e-6;
    constexpr double millisecond = 1e-3;
    const auto* const state = member(broker, "state");
    to.brokers_up +=
        state != nullptr && state->IsString() && std::string_view{state->GetString()} == "UP";
    to.round_trip_seconds =
        std::max(to.round_trip_seconds, number(broker, "rtt", "p99") * microsecond);
    to.throttled_seconds =
        std::max(to.throttled_seconds, number(broker, "throttle", "max") * millisecond);
    to.timed_out_requests += whole(broker, "req_timeouts");
}

}  // namespace

client_figures read_statistics(std::string_view json)
{
    rapidjson::Document read;
    read.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
    client_figures figures;
    if (read.HasParseError())
        return figures;
    figures.queued_messages = whole(read, "msg_cnt");
    figures.queued_bytes = whole(read, "msg_size");
    if (const auto* const brokers = member(read, "brokers"); brokers && brokers->IsObject())
        for (const auto& broker : brokers->GetObject())
            add_broker(figures, broker.value);
    return figures;
}

void client_statistics::take(const std::string& client, std::string_view json)
{
    const auto figures = read_statistics(json);
    const std::lock_guard lock{mutex_};
    by_client_[client] = figures;
}

std::map<std::string, client_figures> client_statistics::read() const
{
    const std::lock_guard lock{mutex_};
    return by_client_;
}

}  // namespace rollcall
