#include "settings/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace rollcall {
namespace {

struct host_and_port {
    std::string host;
    bool bracketed = false;
    std::optional<std::string_view> port;
};

/// Splits at the last colon that is not inside brackets.
std::optional<host_and_port> split(std::string_view text)
{
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos)
            return std::nullopt;
        host_and_port found{std::string{text.substr(1, close - 1)}, true, std::nullopt};
        const auto rest = text.substr(close + 1);
        if (rest.empty())
            return found;
        if (rest.front() != ':')
            return std::nullopt;
        found.port = rest.substr(1);
        return found;
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos)
        return host_and_port{std::string{text}, false, std::nullopt};
    return host_and_port{std::string{text.substr(0, colon)}, false, text.substr(colon + 1)};
}

std::optional<std::uint16_t> parse_port(std::string_view text)
{
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto [after, ec] = std::from_chars(text.data(), end, port);
    if (text.empty() || ec != std::errc{} || after != end)
        return std::nullopt;
    return port;
}

/// The address in its shortest form, or nothing where `text` is none of the family.
std::optional<std::string> normal_form(int family, const std::string& text)
{
    in6_addr bytes{};  // large enough for both families
    std::array<char, INET6_ADDRSTRLEN> shortest{};
    if (text.find('\0') != std::string::npos || inet_pton(family, text.c_str(), &bytes) != 1)
        return std::nullopt;
    return inet_ntop(family, &bytes, shortest.data(), shortest.size());
}

}  // namespace

std::optional<listen_address> parse_listen_address(std::string_view text)
{
    const auto parts = split(text);
    if (!parts || !parts->port)
        return std::nullopt;
    const auto host = normal_form(parts->bracketed ? AF_INET6 : AF_INET, parts->host);
    const auto port = parse_port(*parts->port);
    if (!host || !port)
        return std::nullopt;
    return listen_address{*host, parts->bracketed, *port};
}

bool collide(const listen_address& one, const listen_address& other)
{
    if (one.port == 0 || one.port != other.port || one.v6 != other.v6)
        return false;
    return one.host == other.host || one.is_wildcard() || other.is_wildcard();
}

bool is_broker(std::string_view text)
{
    if (const auto scheme = text.find("://"); scheme != std::string_view::npos)
        text.remove_prefix(scheme + 3);  // librdkafka takes and checks `SASL_SSL://host:port`
    const auto parts = split(text);
    if (!parts || parts->host.empty())
        return false;
    if (parts->port && parse_port(*parts->port).value_or(0) == 0)
        return false;
    if (parts->bracketed)
        return normal_form(AF_INET6, parts->host).has_value();
    return std::ranges::all_of(parts->host, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_';
    });
}

}  // namespace rollcall
