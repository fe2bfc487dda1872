#pragma once

#include "core/errors.hpp"
#include "core/intake_record.hpp"
#include "core/time.hpp"
#include "http/client_answer.hpp"
#include "http/client_request.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rollcall::http {

/// Where a client asks, and what it puts up with. Every limit has a test.
struct client_options {
    std::string base_url;  ///< `https://host[:port][/path]`; `core/base_url.hpp` has the rules
    std::string ca_file;   ///< PEM, in place of the system's roots; empty: those
    /// PEM: the host has to show this very certificate (the first one of several), whatever its
    /// name and whoever vouches for it. Empty: any that is valid for its name.
    std::string pinned;
    milliseconds connect_timeout{5'000};     ///< look-up, connection and TLS handshake together
    milliseconds answer_timeout{15'000};     ///< from the request to the end of the answer
    std::uint64_t header_bytes = 32 * 1024;  ///< of all heads of one answer; also a chunk's line,
                                             ///< or the trailers
    std::uint64_t body_bytes = 8 * 1024 * 1024;
    std::size_t idle_connections = 8;  ///< kept for the next request, at most
    milliseconds idle_time{30'000};    ///< and for how long
};

/// Asks one host over HTTP/1.1, with TLS or without. It talks to nobody else: redirects are handed
/// on, not followed, so what a request carries is seen by the configured host alone. The host's
/// certificate must be valid for its name, and TLS 1.2 is the least. What one answer can take of
/// memory and time is bounded whatever the host sends.
///
/// Belongs to the one thread that runs its executor. Gets in flight may outlive it.
class client {
public:
    /// Throws `std::invalid_argument` on a bad URL, or a `ca_file` that holds no certificates.
    client(boost::asio::any_io_executor on, const client_options& options);
    /// As `stop`.
    ~client();
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    /// Asks for `target` below the base URL: path and query, beginning with `/`. `with` goes into
    /// the request as it is and is not needed after the call.
    ///
    /// One attempt, on a kept connection or a new one; a second one, on a new connection, only if
    /// the host had closed a kept one before a byte of the answer came. Fails with one of the
    /// `errc` that stand under `http::client` there, or `errc::stopped`, also when the awaiting
    /// coroutine is cancelled. `trouble` then has the details.
    boost::asio::awaitable<result<client_answer>> get(std::string_view target, const headers& with);
    /// The same for a request of any kind. What is not `repeatable` goes out once, on a new
    /// connection.
    boost::asio::awaitable<result<client_answer>> send(
        const client_request& what, const headers& with
    );

    /// Closes every connection. Gets in flight end at once with `errc::stopped`, later ones too.
    void stop();

    /// What the system or OpenSSL said of the last get that failed, for the log: `Connection
    /// refused`, `certificate has expired`. Nothing of the request or the answer.
    const std::string& trouble() const;
    /// Connections that wait for a next request.
    std::size_t idle_connections() const;

private:
    struct state;
    static boost::asio::awaitable<result<client_answer>> ask(
        std::shared_ptr<state> all, result<std::string> request, bool may_repeat
    );

    std::shared_ptr<state> state_;
};

}  // namespace rollcall::http
