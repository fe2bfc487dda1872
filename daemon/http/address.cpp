#include "http/address.hpp"

#include <charconv>

namespace rollcall::http {

std::optional<host_and_port> parse_address(std::string_view text)
{
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    auto host = text.substr(0, colon);
    const auto port = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    else if (host.find_first_of(":[]") != std::string_view::npos)
        return std::nullopt;  // an IPv6 address without brackets: where does its port begin?

    host_and_port parsed;
    const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), parsed.port);
    if (host.empty() || failed != std::errc{} || end != port.data() + port.size())
        return std::nullopt;
    parsed.host = host;
    return parsed;
}

}  // namespace rollcall::http
