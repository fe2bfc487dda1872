#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace rollcall::test {

/// A host of downloads that does to each what its path says: `/good`, `/redirect`, `/short`,
/// `/long`, `/garbage`, `/endless`, `/stall`, `/large`, `/huge`, or a status such as `/403`. On a
/// thread of its own.
class hostile_host {
public:
    static constexpr std::size_t huge_bytes = 300UL * 1024 * 1024;
    static constexpr std::size_t huge_row_bytes = 16UL * 1024;

    hostile_host();
    ~hostile_host();
    hostile_host(const hostile_host&) = delete;
    hostile_host& operator=(const hostile_host&) = delete;

    std::string origin() const;
    int asked(const std::string& path) const;
    /// Whether any request carried what only the API may see.
    bool saw_credential() const { return saw_credential_; }

private:
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);
    boost::asio::awaitable<void> answer(
        boost::asio::ip::tcp::socket& socket, const std::string& path
    );

    boost::asio::io_context io_{1};
    boost::asio::ip::tcp::acceptor acceptor_;
    std::atomic<bool> saw_credential_{false};
    mutable std::mutex lock_;
    std::map<std::string, int> asked_;
    std::jthread thread_;
};

}  // namespace rollcall::test
