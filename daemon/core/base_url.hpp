#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall {

/// Where a provider's API is: `https://host[:port][/path]`.
struct base_url {
    bool tls = true;
    std::string host;  ///< a name in lower case, an IPv4 address, or an IPv6 one without brackets
    std::uint16_t port = 443;
    std::string
        path;  ///< in front of every request's target: empty, or `/...` with no `/` at its end

    /// What the `Host` field says: brackets around an IPv6 address, a port that is not the
    /// scheme's.
    std::string authority() const;
    /// The whole of it, in one spelling: `https://h:443/a/` is `https://h/a`.
    std::string text() const;
    bool operator==(const base_url&) const = default;
};

/// Why a text is no base URL, for people: `has a query`.
struct url_fault {
    std::string_view what;  ///< of static storage
};

/// Reads a base URL. User info, a query and a fragment are faults: a request has none of them from
/// here, and a password in a URL would end up in logs.
boost::system::result<base_url, url_fault> parse_base_url(std::string_view text);

}  // namespace rollcall
