#pragma once

#include "http/deadlines.hpp"
#include "http/handler.hpp"
#include "http/handshake_alarm.hpp"
#include "http/limits.hpp"
#include "http/statistics.hpp"
#include "http/tls.hpp"
#include "http/watchdog.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <memory>

namespace rollcall::http {

/// What the sessions of one thread share. Outlives them.
struct surroundings {
    const limits& allowed;
    handler& answers;
    statistics& counted;
    watchdog& deadlines;
    bool stopping = false;
    handshake_alarm failures{};
    std::array<char, 16 * 1024> discarded{};  ///< what nobody reads
};

/// A place in the list of a thread's connections.
using session_hook = boost::intrusive::list_base_hook<
    boost::intrusive::tag<class session_list>,
    boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// One connection, from its first byte to its last. Belongs to one io_context and is touched only
/// there.
class session : public session_hook {
public:
    /// Of the same executor type as the coroutine: Asio then resumes it where an operation ends,
    /// without a dispatch.
    using socket = boost::asio::ip::tcp::socket;

    virtual ~session() = default;

    /// Serves requests until one side has had enough. The session must outlive the coroutine.
    virtual boost::asio::awaitable<void> run() = 0;
    /// Answers 503 to whatever may be asked, and closes.
    virtual boost::asio::awaitable<void> turn_away() = 0;

    /// Closes the connection unless a request is there or on its way, as the first one of a new
    /// connection is: that has `linger_time` to come.
    virtual void stop_if_idle() = 0;
    /// Closes the connection and cancels what the handler waits for.
    virtual void cut() = 0;
    /// Leaves the list of connections.
    void leave() { session_hook::unlink(); }
    /// To be connected with the coroutine, for `cut`.
    boost::asio::cancellation_slot cancellation() { return cancel_.slot(); }

protected:
    boost::asio::cancellation_signal cancel_;
};

/// Over TLS where there is a context, else over plain TCP.
std::shared_ptr<session> make_session(
    surroundings& around,
    session::socket connection,
    const boost::asio::ip::tcp::endpoint& peer,
    const tls_context& with
);

}  // namespace rollcall::http
