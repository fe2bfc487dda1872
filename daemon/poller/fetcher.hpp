#pragma once

#include "core/errors.hpp"
#include "providers/polling.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace rollcall {

/// What came of one GET.
struct fetched {
    error_code error;         ///< why there is no answer
    std::string trouble;      ///< of an error: its details for the log; empty where there are none
    poll_response response;   ///< without an error
    std::string retry_after;  ///< the header; empty where there is none
};

/// Asks one source's API. Belongs to the poller's thread.
class fetcher {
public:
    virtual ~fetcher() = default;

    /// One attempt, bounded in time. The fetcher outlives it.
    virtual boost::asio::awaitable<fetched> get(std::string target) = 0;
    /// Requests in flight end at once with an error, and later ones too.
    virtual void stop() = 0;
};

}  // namespace rollcall
