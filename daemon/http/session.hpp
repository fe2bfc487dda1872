#pragma once

#include "http/deadlines.hpp"
#include "http/handler.hpp"
#include "http/limits.hpp"
#include "http/request_reader.hpp"
#include "http/statistics.hpp"
#include "http/watchdog.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::http {

/// What the sessions of one thread share. Outlives them.
struct surroundings {
    const limits& allowed;
    handler& answers;
    statistics& counted;
    watchdog& deadlines;
    bool stopping = false;
    std::array<char, 16 * 1024> discarded{};  ///< what nobody reads
};

/// A place in the list of a thread's connections.
using session_hook = boost::intrusive::list_base_hook<
    boost::intrusive::tag<class session_list>,
    boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// One connection, from its first byte to its last. Belongs to one io_context and is touched only
/// there.
class session : private deadline, public session_hook {
public:
    /// Of the same executor type as the coroutine: Asio then resumes it where an operation ends,
    /// without a dispatch.
    using socket = boost::asio::ip::tcp::socket;

    session(surroundings& around, socket connection, boost::asio::ip::tcp::endpoint peer);

    /// Serves requests until one side has had enough. The session must outlive the coroutine.
    boost::asio::awaitable<void> run();
    /// Answers 503 to whatever may be asked, and closes.
    boost::asio::awaitable<void> turn_away();

    /// Closes the connection unless a request is there or on its way, as the first one of a new
    /// connection is: that has `linger_time` to come.
    void stop_if_idle();
    /// Closes the connection and cancels what the handler waits for.
    void cut();
    /// Leaves the list of connections.
    void leave() { session_hook::unlink(); }
    /// To be connected with the coroutine, for `cut`.
    boost::asio::cancellation_slot cancellation() { return cancel_.slot(); }

private:
    enum class verdict { go_on, refuse_slowness, refuse_truncation, close };

    boost::asio::awaitable<void> refuse(unsigned status, std::string_view line);
    boost::asio::awaitable<bool> send(std::string_view bytes);
    boost::asio::awaitable<void> linger();
    /// Sends what the socket takes without waiting and drops it from `bytes`. False: the connection
    /// is broken.
    bool send_now(std::string_view& bytes);
    verdict judge_failed_read(const boost::system::error_code& ec);
    void prepare_answer(const response& answer, bool keep_alive);
    wait next_wait() const;
    void wait_for(wait what);
    void wait_over();
    void close();
    void expired() override;

    surroundings& around_;
    socket socket_;
    request_reader reader_;
    std::string outgoing_;
    std::optional<wait> waiting_;
    bool late_ = false;  // the wait's deadline has passed
    bool cut_ = false;
    bool asked_before_ = false;  // at least one request has come whole
    boost::asio::cancellation_signal cancel_;
};

}  // namespace rollcall::http
