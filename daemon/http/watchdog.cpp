#include "http/watchdog.hpp"

namespace rollcall::http {

watchdog::watchdog(boost::asio::io_context& io, const limits& allowed) : queue_{allowed}, timer_{io}
{
}

void watchdog::begin(deadline& who, wait what)
{
    const auto due = queue_.begin(who, what, std::chrono::steady_clock::now());
    if (due < armed_)
        arm(due);
}

void watchdog::change(const limits& allowed)
{
    queue_.change(allowed);
    if (const auto next = queue_.earliest(); next && *next < armed_)
        arm(*next);
}

void watchdog::close()
{
    timer_.cancel();
}

void watchdog::arm(steady_time at)
{
    armed_ = at;
    timer_.expires_at(at);
    timer_.async_wait([this](const boost::system::error_code& ec) {
        if (ec)
            return;
        armed_ = steady_time::max();
        queue_.expire(std::chrono::steady_clock::now());
        if (const auto next = queue_.earliest(); next && *next < armed_)
            arm(*next);
    });
}

}  // namespace rollcall::http
