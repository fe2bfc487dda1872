#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace rollcall::test {

/// An HTTP answer as it came. Status 0: the connection was closed instead.
struct raw_answer {
    int status = 0;
    std::string head;  ///< with the status line, without the blank line
    std::string body;
    bool has(std::string_view line) const;  ///< one of the head's lines, exactly
};

/// A TCP connection on which a test says every byte. Nothing in it waits longer than ten seconds;
/// what it then misses fails the test.
class raw_client {
public:
    explicit raw_client(const boost::asio::ip::tcp::endpoint& server);
    /// A socket that is not connected yet, for tests that take all descriptors away in between.
    raw_client();
    raw_client(raw_client&& other) noexcept;
    raw_client(const raw_client&) = delete;
    raw_client& operator=(const raw_client&) = delete;
    ~raw_client();

    void connect(const boost::asio::ip::tcp::endpoint& server);
    /// Whether the server took all of it before it closed.
    bool send(std::string_view bytes);
    /// What the socket takes at once.
    std::size_t send_some(std::string_view bytes);
    void half_close();
    /// Closes with a reset, as a client that died.
    void reset();

    /// The next answer; 1xx are answers too. `to_head`: it has no body, whatever its length says.
    raw_answer read_answer(bool to_head = false);
    /// Whether there is something to read, or the end, within this time.
    bool readable_within(std::chrono::milliseconds time) const;
    /// Whether the server closes without another byte.
    bool closes();

private:
    bool read_more();

    int fd_ = -1;
    std::string received_;
};

}  // namespace rollcall::test
