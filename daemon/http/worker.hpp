#pragma once

#include "core/log.hpp"
#include "http/handler.hpp"
#include "http/limits.hpp"
#include "http/session.hpp"
#include "http/statistics.hpp"
#include "http/tls_identity.hpp"
#include "http/watchdog.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>

namespace rollcall::http {

/// One thread's share of a server: an io_context with acceptors of its own and the connections they
/// took. Nothing is shared with other workers but the handler and the statistics.
class worker {
public:
    worker(const limits& allowed, handler& answers, statistics& counted);

    using identity = std::shared_ptr<const tls_identity>;

    /// Binds and listens with SO_REUSEPORT; over TLS where `as` is and has a context. Before `run`.
    /// Throws `boost::system::system_error`.
    boost::asio::ip::tcp::endpoint listen(const boost::asio::ip::tcp::endpoint& at, identity as);
    /// Accepts, with others, from a socket that listens already; `socket` stays the caller's.
    /// Before `run`. Throws `boost::system::system_error`.
    boost::asio::ip::tcp::endpoint take_over(int socket, identity as);
    /// Serves on the calling thread until `stop` or `cut` has been called and the last connection
    /// has ended.
    void run();

    /// No new connections; idle ones are closed, the others after their answer. Any thread.
    void stop();
    /// Ends every connection as it is. Any thread.
    void cut();
    /// Other limits, from now on, also for the connections that are there. Any thread.
    void allow(const limits& to);
    /// Whether the loop has come round since the last call, and asks it again. Any one thread.
    bool has_turned();

private:
    using executor = boost::asio::io_context::executor_type;
    using acceptor = boost::asio::ip::tcp::acceptor;
    using session_list = boost::intrusive::list<
        session,
        boost::intrusive::base_hook<session_hook>,
        boost::intrusive::constant_time_size<false>>;

    struct place {
        acceptor from;
        identity as;
    };

    boost::asio::awaitable<void> accept(place& at);
    void admit_connection(
        session::socket connection, const boost::asio::ip::tcp::endpoint& peer, const place& at
    );
    void spawn(const std::shared_ptr<session>& made, bool served);
    void ended(bool served, const std::exception_ptr& failure);

    limits allowed_;  // the thread's own
    statistics& counted_;
    stage_log log_{"http"};
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<executor> until_stopped_{io_.get_executor()};
    watchdog deadlines_;
    surroundings around_;
    std::list<place> places_;
    boost::asio::steady_timer pause_;
    session_list sessions_;
    std::uint32_t leaving_ = 0;  // connections being turned away
    std::atomic<bool> asked_to_turn_{false};
};

}  // namespace rollcall::http
