#pragma once

#include "core/time.hpp"
#include "http/client_connection.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <deque>
#include <memory>

namespace rollcall::http {

/// Connections to one host that wait for a next request: the newest go out first, so that those
/// nobody needs grow old and are closed. One thread; owned by a `shared_ptr`.
class connection_pool : public std::enable_shared_from_this<connection_pool> {
public:
    /// Keeps at most `most` connections, each for `idle_time`.
    connection_pool(
        const boost::asio::any_io_executor& on, std::size_t most, milliseconds idle_time
    );

    /// One that the host has not closed; null where there is none.
    std::unique_ptr<client_connection> take();
    /// Takes it in; closes the oldest where that is one too many.
    void put(std::unique_ptr<client_connection> connection);
    void clear();
    std::size_t size() const { return idle_.size(); }

private:
    struct idle {
        std::unique_ptr<client_connection> connection;
        steady_time until;
    };
    void arm();
    void close_old(steady_time now);

    std::size_t most_;
    milliseconds idle_time_;
    std::deque<idle> idle_;  // oldest first
    boost::asio::steady_timer timer_;
    bool armed_ = false;
};

}  // namespace rollcall::http
