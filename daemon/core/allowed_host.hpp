#pragma once

#include "core/base_url.hpp"

#include <string>
#include <string_view>

namespace rollcall {

/// From where a provider's files may be fetched: one entry of an allowlist.
struct allowed_host {
    base_url origin;     ///< scheme, host and port; no path
    bool below = false;  ///< any name below the host's, not that one itself
    /// Written out as an origin, by somebody who knows it: plain HTTP and an address that is not
    /// public are allowed there, and nowhere else.
    bool trusted = false;

    bool admits(const base_url& url) const;
    bool operator==(const allowed_host&) const = default;
};

/// Reads `name` (https on its usual port), `*.name`, or `scheme://host[:port]`.
boost::system::result<allowed_host, url_fault> parse_allowed_host(std::string_view text);

/// A whole URL, split where a request needs it, not one byte changed.
struct absolute_url {
    base_url origin;     ///< without a path
    std::string target;  ///< path and query
};

/// User info and a fragment are faults, as is a scheme other than http and https.
boost::system::result<absolute_url, url_fault> split_url(std::string_view text);

}  // namespace rollcall
