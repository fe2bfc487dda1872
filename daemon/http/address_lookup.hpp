#pragma once

#include "core/errors.hpp"
#include "http/deadlines.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rollcall::http {

using endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

/// What the system said to a name: addresses, or why there are none.
struct lookup_answer {
    endpoints found;
    std::string trouble;
};

/// Asks the system, which may take long and cannot be interrupted. Any thread.
lookup_answer ask_system(const std::string& host, std::uint16_t port);

/// Looks up the addresses of one host. Asio's own resolver has one thread for all, and joins it at
/// the end: one name server that does not answer would hold up every other host, and the shutdown.
/// So each question has a thread of its own here, which nobody waits for longer than they like: at
/// most one at a time for a host, whoever else asks in the meantime gets its answer.
///
/// Belongs to the one thread that runs its executor.
class address_lookup {
public:
    /// Called on a thread of its own, with copies.
    using asked = std::function<lookup_answer(const std::string& host, std::uint16_t port)>;

    address_lookup(
        boost::asio::any_io_executor on,
        std::string host,
        std::uint16_t port,
        asked ask = ask_system
    );
    /// As `stop`.
    ~address_lookup();
    address_lookup(const address_lookup&) = delete;
    address_lookup& operator=(const address_lookup&) = delete;

    /// The addresses, at least one; at once for a host that is an address. Otherwise
    /// `errc::name_not_found`, `connect_timed_out` at `until`, or `stopped`.
    boost::asio::awaitable<result<endpoints>> find(steady_time until);
    /// Ends every wait. A question under way is left to itself.
    void stop();

    /// Why the last name was not found.
    const std::string& trouble() const { return trouble_; }

private:
    struct question;
    void begin();

    boost::asio::any_io_executor on_;
    std::string host_;
    std::uint16_t port_;
    asked ask_;
    bool stopped_ = false;
    std::shared_ptr<question> question_;  // the last one; answered or under way
    std::string trouble_;
};

}  // namespace rollcall::http
