#pragma once

#include "core/allowed_host.hpp"
#include "core/time.hpp"
#include "providers/provider.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rollcall {

/// What a source's downloads may be.
struct download_rules {
    std::vector<allowed_host> hosts;  ///< besides the API's own, and those the provider names
    std::uint64_t max_bytes = 256ULL * 1024 * 1024;
    milliseconds timeout{600'000};  ///< from the request to the end of the file
    std::uint32_t at_once = 2;
};

/// A source as the poller sees it.
struct polled_source {
    std::string name;
    const provider* from = nullptr;
    std::string base_url;  ///< as `http::client` wants it; empty: the provider's own
    std::string api_key;
    std::string ca_file;  ///< PEM; empty: the system's roots
    std::string owner;  ///< whose budget it is, where several keys share one; empty: the key's own
    /// The credential's budget; 0: the provider's own. Where the provider has several limits it is
    /// the largest, and the others keep their share of it.
    std::uint32_t requests_a_minute = 0;
    std::uint32_t concurrency = 8;  ///< requests in flight, at most
    milliseconds connect_timeout{5'000};
    milliseconds answer_timeout{15'000};
    std::uint64_t body_bytes = 8 * 1024 * 1024;
    download_rules downloads;
    poll_pace pace;
};

/// Its credential's limits, as `poll_request::limit` counts them; at least one.
std::vector<std::uint32_t> limits_of(const polled_source& source);
/// Where the source's API is.
std::string api_url(const polled_source& of);
/// Who has the budget that the source's requests count against: sources of which this is equal
/// share it. The owner, or else the key; one provider's, so at one host, whatever the path.
std::string owner_of(const polled_source& of);
/// `poll_pace::account`: a hash of both base URL and key, too short for the key to be found by it.
std::string account_of(const polled_source& of);

}  // namespace rollcall
