#pragma once

#include "core/allowed_host.hpp"
#include "core/errors.hpp"
#include "core/intake_record.hpp"
#include "core/time.hpp"
#include "http/address_lookup.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::http {

/// What a download client may fetch, and what it puts up with. Every limit has a test.
struct download_options {
    std::vector<allowed_host> hosts;
    std::string ca_file;  ///< PEM, in place of the system's roots; empty: those
    milliseconds connect_timeout{5'000};
    milliseconds answer_timeout{15'000};  ///< for the head, and for each next piece of the body
    milliseconds whole_timeout{600'000};  ///< from the request to the end of the body
    std::uint64_t header_bytes = 32 * 1024;
    std::uint64_t body_bytes = 256ULL * 1024 * 1024;
    address_lookup::asked ask = ask_system;
};

/// A file on its way: the answer's head is there, the body comes as it is asked for. What has not
/// been asked for stays with the host, so a slow taker costs no memory. The connection is closed
/// with the object. One thread.
class download {
public:
    virtual ~download() = default;

    virtual unsigned status() const = 0;
    virtual const headers& fields() const = 0;
    /// The next piece of the body, empty at its end; valid until the next call. Fails with
    /// `errc::answer_broken` where the host closed too soon or spoke no HTTP, `answer_too_large`,
    /// `answer_timed_out` or `stopped`.
    virtual boost::asio::awaitable<result<std::string_view>> next() = 0;
    /// What the system said of the last failure, for the log.
    virtual const std::string& trouble() const = 0;
};

/// Fetches files by URLs that somebody else has written, from hosts that are allowed. A URL is sent
/// as it is and holds all the permission there is: no credential goes with it. Redirects are handed
/// on, not followed. A host that is not `trusted` is spoken to in TLS, and at a public address
/// only, so that no URL can make us ask within our own network.
///
/// Belongs to the one thread that runs its executor. Downloads may outlive it.
class download_client {
public:
    /// Throws `std::invalid_argument` on a `ca_file` that holds no certificates.
    download_client(boost::asio::any_io_executor on, download_options options);
    /// As `stop`.
    ~download_client();
    download_client(const download_client&) = delete;
    download_client& operator=(const download_client&) = delete;

    /// Asks for a whole URL, on a connection of its own. `errc::unsendable_request`: it is no http
    /// or https URL; `host_refused`, `address_refused`: it is not asked for; otherwise as
    /// `client::get`. `trouble` then has the details.
    boost::asio::awaitable<result<std::unique_ptr<download>>> open(std::string url);

    /// Ends every download with `errc::stopped`, later ones too.
    void stop();
    const std::string& trouble() const;

private:
    struct state;
    class transfer;
    static boost::asio::awaitable<result<std::unique_ptr<download>>> begin(
        std::shared_ptr<state> all, std::string url
    );

    std::shared_ptr<state> state_;
};

}  // namespace rollcall::http
