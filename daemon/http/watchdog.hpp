#pragma once

#include "http/deadlines.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace rollcall::http {

/// One timer for all the deadlines of an io_context. It is set anew when it fires or an earlier
/// deadline comes, not with every request.
class watchdog {
public:
    watchdog(boost::asio::io_context& io, const limits& allowed);

    void begin(deadline& who, wait what);
    /// Also for the waits that have begun.
    void change(const limits& allowed);
    void end(deadline& who) { deadline_queue::end(who); }
    /// Lets the io_context run dry. Only after the last session.
    void close();

private:
    void arm(steady_time at);

    deadline_queue queue_;
    boost::asio::steady_timer timer_;
    steady_time armed_ = steady_time::max();
};

}  // namespace rollcall::http
