#pragma once

#include "core/errors.hpp"
#include "poller/rate_notice.hpp"
#include "providers/polling.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace rollcall {

/// What came of one request.
struct fetched {
    error_code error;         ///< why there is no answer
    std::string trouble;      ///< of an error: its details for the log; empty where there are none
    poll_response response;   ///< without an error
    std::string retry_after;  ///< the header; empty where there is none
    rate_notice limit{};      ///< what the answer tells of the budget
};

/// The body of a download, taken piece by piece; what has not been taken stays with the host.
class download_body {
public:
    virtual ~download_body() = default;

    /// The next bytes, none at the end; valid until the next call.
    virtual boost::asio::awaitable<result<std::string_view>> next() = 0;
    /// Of an error: its details for the log.
    virtual std::string trouble() const = 0;
};

/// A download that has begun.
struct opened {
    fetched head;                         ///< without a body
    std::unique_ptr<download_body> body;  ///< null where there is no answer
};

/// Asks one source's API. Belongs to the poller's thread.
class fetcher {
public:
    virtual ~fetcher() = default;

    /// One attempt at a GET or a PATCH, bounded in time. The fetcher outlives it.
    virtual boost::asio::awaitable<fetched> ask(poll_request what) = 0;
    /// Asks for a file by its whole URL, without the credential.
    virtual boost::asio::awaitable<opened> open(std::string url) = 0;
    /// Requests in flight end at once with an error, downloads too, and later ones.
    virtual void stop() = 0;
};

}  // namespace rollcall
