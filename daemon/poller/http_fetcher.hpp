#pragma once

#include "http/client.hpp"
#include "poller/fetcher.hpp"
#include "poller/polled_source.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace rollcall {

/// Asks over HTTP, with the source's credential.
class http_fetcher final : public fetcher {
public:
    /// Throws `std::invalid_argument` where the source's URL or CA file cannot be used.
    http_fetcher(boost::asio::any_io_executor on, const polled_source& of);

    boost::asio::awaitable<fetched> get(std::string target) override;
    void stop() override { client_.stop(); }

private:
    http::client client_;
    const headers with_;
};

/// As `poller` wants it made.
std::unique_ptr<fetcher> make_http_fetcher(
    boost::asio::any_io_executor on, const polled_source& of
);

}  // namespace rollcall
