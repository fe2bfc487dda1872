#pragma once

#include "http/limits.hpp"

#include <boost/intrusive/list.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace rollcall::http {

using steady_time = std::chrono::steady_clock::time_point;

/// What a session waits for.
enum class wait : std::size_t { idle, header, body, write, linger, handshake };
inline constexpr std::size_t waits = 6;

/// Something that can be late. It waits for one thing at a time, and no longer once it is
/// destroyed.
class deadline : public boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    virtual ~deadline() = default;
    virtual void expired() = 0;

private:
    friend class deadline_queue;
    steady_time due_{};
};

/// The deadlines of many sessions at the price of none: every kind of wait has one length, so a
/// list per kind stays sorted by appending to it. No clock and no timer.
class deadline_queue {
public:
    explicit deadline_queue(const limits& allowed);
    /// Other lengths: also for the waits that have begun, from when they did.
    void change(const limits& allowed);

    /// Begins a wait, in place of the one before, and says when it ends.
    steady_time begin(deadline& who, wait what, steady_time now);
    static void end(deadline& who);

    /// Calls `expired` of all that are due; each one's wait is over then. It may begin others.
    void expire(steady_time now);
    std::optional<steady_time> earliest() const;

private:
    using list = boost::intrusive::list<deadline, boost::intrusive::constant_time_size<false>>;
    static std::array<milliseconds, waits> lengths_of(const limits& allowed);

    std::array<milliseconds, waits> lengths_;
    std::array<list, waits> lists_;
};

}  // namespace rollcall::http
