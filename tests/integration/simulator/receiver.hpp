#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rollcall::simulator {

/// One request as it arrived.
struct received {
    std::size_t connection = 0;  ///< the number of the connection it came on
    std::chrono::steady_clock::time_point at;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

/// A small HTTP server that answers as a test tells it to, on a free port and a thread of its own.
class receiver {
public:
    static constexpr unsigned close_without_answer = 0;
    static constexpr unsigned never_answer = 1;

    /// `answer` is called on the receiver's thread with all that has arrived, the newest last: the
    /// status to answer with, or one of the two above.
    using script = std::function<unsigned(const std::vector<received>&)>;
    explicit receiver(script answer);
    ~receiver();

    std::string url() const;  ///< `http://127.0.0.1:<port>/hooks/test`

    /// Stops it, and gives what arrived.
    std::vector<received> stop();

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace rollcall::simulator
