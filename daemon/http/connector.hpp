#pragma once

#include "core/base_url.hpp"
#include "core/errors.hpp"
#include "http/address_lookup.hpp"
#include "http/client_connection.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <optional>
#include <string>

namespace rollcall::http {

/// Which of a host's addresses are connected to. The address that was looked at is the one that is
/// used: a name that stands for another one a moment later gains nothing.
enum class reach : std::uint8_t { everywhere, public_only };

/// Makes connections to one host: its addresses one after the other, the last good one first.
/// One thread; outlives its connections.
class connector {
public:
    /// `tls`: null for plain connections; outlives it.
    connector(
        boost::asio::any_io_executor on,
        base_url to,
        boost::asio::ssl::context* tls,
        reach allowed = reach::everywhere,
        address_lookup::asked ask = ask_system
    );

    using opened = result<std::unique_ptr<client_connection>>;
    /// Fails with an `errc` of those under `http::client`, or `errc::stopped`; `trouble` then has
    /// the details.
    boost::asio::awaitable<opened> connect(milliseconds within);
    const std::string& trouble() const { return trouble_; }

    /// Closes every connection and ends every wait. What is awaited ends with `errc::stopped`.
    void stop();
    bool stopped() const { return stopped_; }
    const base_url& to() const { return to_; }

private:
    boost::asio::awaitable<opened> connect(endpoints to_one_of, steady_time until);
    error_code failed(const error_code& ec, std::string details);

    boost::asio::any_io_executor on_;
    base_url to_;
    boost::asio::ssl::context* tls_;
    reach allowed_;
    address_lookup lookup_;
    std::optional<boost::asio::ip::tcp::endpoint> last_good_;  // tried first next time
    boost::intrusive::list<client_connection, boost::intrusive::constant_time_size<false>> open_;
    std::string trouble_;
    bool stopped_ = false;
};

}  // namespace rollcall::http
