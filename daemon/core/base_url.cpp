#include "core/base_url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace rollcall {
namespace {

constexpr std::size_t longest_host = 253;  // RFC 1035, section 2.3.4, as text

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text)
{
    std::string all{text};
    std::ranges::transform(all, all.begin(), [](char c) { return lower(c); });
    return all;
}

bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// Also of an IPv4 address. Underscores occur in the names of containers.
bool is_name(std::string_view host)
{
    if (host.empty() || host.size() > longest_host)
        return false;
    while (!host.empty()) {
        const auto dot = std::min(host.find('.'), host.size());
        const auto label = host.substr(0, dot);
        if (label.empty() || !std::ranges::all_of(label, is_name_character))
            return false;
        if (dot + 1 == host.size())
            return false;  // certificates have no name with a dot at its end
        host.remove_prefix(std::min(dot + 1, host.size()));
    }
    return true;
}

bool is_ipv6(const std::string& host)
{
    in6_addr parsed{};
    return ::inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
}

// RFC 3986, section 3.3; only the characters, not whether each `%` has its two digits.
bool is_path(std::string_view path)
{
    return std::ranges::all_of(path, [](char c) {
        return c > 0x20 && c < 0x7f &&
               std::string_view{"\"<>[\\]^`{|}"}.find(c) == std::string_view::npos;
    });
}

std::optional<std::uint16_t> parse_port(std::string_view text)
{
    std::uint16_t port = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, failed] = std::from_chars(text.data(), end, port);
    if (failed != std::errc{} || stopped != end || port == 0)
        return std::nullopt;
    return port;
}

}  // namespace

std::string base_url::authority() const
{
    auto text = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != (tls ? 443 : 80))
        text += ":" + std::to_string(port);
    return text;
}

std::string base_url::text() const
{
    return (tls ? "https://" : "http://") + authority() + path;
}

boost::system::result<base_url, url_fault> parse_base_url(std::string_view text)
{
    const auto end_of_scheme = text.find("://");
    const auto scheme =
        end_of_scheme == std::string_view::npos ? "" : lower(text.substr(0, end_of_scheme));
    if (scheme != "https" && scheme != "http")
        return url_fault{"does not begin with https:// or http://"};
    base_url parsed;
    parsed.tls = scheme == "https";
    parsed.port = parsed.tls ? 443 : 80;
    text.remove_prefix(end_of_scheme + 3);

    const auto end_of_authority = std::min(text.find_first_of("/?#"), text.size());
    auto authority = text.substr(0, end_of_authority);
    auto path = text.substr(end_of_authority);
    if (authority.find('@') != std::string_view::npos)
        return url_fault{"has a user name or a password"};
    if (path.find('#') != std::string_view::npos)
        return url_fault{"has a fragment"};
    if (path.find('?') != std::string_view::npos)
        return url_fault{"has a query"};

    const auto end_of_host = authority.starts_with('[') ? authority.find(']') : authority.find(':');
    if (authority.starts_with('[')) {
        if (end_of_host == std::string_view::npos)
            return url_fault{"has a bracket that is not closed"};
        parsed.host = lower(authority.substr(1, end_of_host - 1));
        if (!is_ipv6(parsed.host))
            return url_fault{"has no IPv6 address between its brackets"};
        authority.remove_prefix(end_of_host + 1);
    } else {
        parsed.host = lower(authority.substr(0, end_of_host));
        if (!is_name(parsed.host))
            return url_fault{"has no valid host"};
        authority.remove_prefix(std::min(end_of_host, authority.size()));
    }
    if (!authority.empty()) {
        const auto port = authority.front() == ':' ? parse_port(authority.substr(1)) : std::nullopt;
        if (!port)
            return url_fault{"has no valid port"};
        parsed.port = *port;
    }
    if (!is_path(path))
        return url_fault{"has a path with characters that need to be percent-encoded"};
    while (path.ends_with('/'))
        path.remove_suffix(1);
    parsed.path = path;
    return parsed;
}

}  // namespace rollcall
