#pragma once

#include "support/certificates.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::test {

/// What a server does about one request.
struct turn {
    enum class then {
        go_on,   ///< to the next turn
        close,   ///< in the orderly way
        cut,     ///< close TCP, without the end that TLS has
        reset,   ///< as a server that died
        wait,    ///< say nothing more, until the client closes
        repeat,  ///< say it again and again, until the client closes
        drip,    ///< the same, with a pause in between
    };

    std::string say;
    then after = then::go_on;
    std::function<void()> asked = {};  ///< called when the request is there, before the answer
    std::function<void()> said = {};   ///< called when the answer has been sent
};

/// A server that does to each connection what the test has written down for it, on the test's own
/// loop. 127.0.0.1 and a port of the system's choice.
class scripted_server {
public:
    using connection = std::vector<turn>;

    /// With `who`, it speaks TLS.
    explicit scripted_server(boost::asio::io_context& io, std::optional<identity> who = {});
    scripted_server(const scripted_server&) = delete;
    scripted_server& operator=(const scripted_server&) = delete;

    /// What the next connection meets. One for which nothing is written is closed at once.
    void expect(connection script) { scripts_.push_back(std::move(script)); }
    /// TLS only: the next connection gets no hello; `begun` is called when the client's is there.
    void expect_silence(std::function<void()> begun) { silence_ = std::move(begun); }
    /// Null without TLS.
    SSL_CTX* tls() { return tls_ ? tls_->native_handle() : nullptr; }
    unsigned short port() const { return acceptor_.local_endpoint().port(); }
    /// All requests so far, head and body.
    const std::vector<std::string>& requests() const { return requests_; }
    int connections() const { return connections_; }
    /// How many of them are still there.
    int open() const { return open_; }
    /// The name the last TLS client asked for (SNI).
    const std::string& asked_name() const { return asked_name_; }
    /// No more connections.
    void stop();

private:
    using tls_stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;
    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket, connection script);
    boost::asio::awaitable<void> serve_tls(tls_stream stream, connection script);
    boost::asio::awaitable<void> be_silent(
        boost::asio::ip::tcp::socket socket, std::function<void()> begun
    );
    template <class Stream>
    boost::asio::awaitable<turn::then> play(Stream& stream, connection script);
    template <class Stream>
    boost::asio::awaitable<void> await_end(Stream& stream);

    boost::asio::io_context& io_;
    std::optional<boost::asio::ssl::context> tls_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::deque<connection> scripts_;
    std::function<void()> silence_;
    std::vector<std::string> requests_;
    std::string asked_name_;
    int connections_ = 0;
    int open_ = 0;
};

}  // namespace rollcall::test
