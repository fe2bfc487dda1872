#pragma once

#include "http/client.hpp"
#include "http/download_client.hpp"
#include "poller/fetcher.hpp"
#include "poller/polled_source.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace rollcall {

/// Asks over HTTP, with the source's credential; what is downloaded, without.
class http_fetcher final : public fetcher {
public:
    /// Throws `std::invalid_argument` where the source's URL or CA file cannot be used.
    http_fetcher(boost::asio::any_io_executor on, const polled_source& of);

    boost::asio::awaitable<fetched> ask(poll_request what) override;
    boost::asio::awaitable<opened> open(std::string url) override;
    void stop() override;

private:
    http::client client_;
    http::download_client files_;
    const headers with_;
};

/// As `poller` wants it made.
std::unique_ptr<fetcher> make_http_fetcher(
    boost::asio::any_io_executor on, const polled_source& of
);

/// Where the source's downloads may come from: the API's own host, the provider's, and those of the
/// settings.
std::vector<allowed_host> download_hosts(const polled_source& of);

}  // namespace rollcall
