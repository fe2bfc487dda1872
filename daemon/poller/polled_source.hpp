#pragma once

#include "core/time.hpp"
#include "providers/provider.hpp"

#include <cstdint>
#include <string>

namespace rollcall {

/// A source as the poller sees it.
struct polled_source {
    std::string name;
    const provider* from = nullptr;
    std::string base_url;  ///< as `http::client` wants it; empty: the provider's own
    std::string api_key;
    std::string ca_file;                  ///< PEM; empty: the system's roots
    std::uint32_t requests_a_minute = 0;  ///< the credential's budget; 0: the provider's own
    std::uint32_t concurrency = 8;        ///< requests in flight, at most
    milliseconds connect_timeout{5'000};
    milliseconds answer_timeout{15'000};
    std::uint64_t body_bytes = 8 * 1024 * 1024;
    poll_pace pace;
};

/// Where the source's API is.
std::string api_url(const polled_source& of);
/// `poll_pace::account`: a hash of both base URL and key, too short for the key to be found by it.
std::string account_of(const polled_source& of);

}  // namespace rollcall
