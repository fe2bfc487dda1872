#include "http/connection_pool.hpp"

#include <utility>

namespace rollcall::http {

connection_pool::connection_pool(
    const boost::asio::any_io_executor& on, std::size_t most, milliseconds idle_time
)
    : most_{most}, idle_time_{idle_time}, timer_{on}
{
}

std::unique_ptr<client_connection> connection_pool::take()
{
    close_old(std::chrono::steady_clock::now());
    std::unique_ptr<client_connection> found;
    while (!idle_.empty() && !found) {
        found = std::move(idle_.back().connection);
        idle_.pop_back();
        if (!found->quiet())
            found.reset();
    }
    if (idle_.empty())
        timer_.cancel();
    return found;
}

void connection_pool::put(std::unique_ptr<client_connection> connection)
{
    if (most_ == 0)
        return;
    if (idle_.size() == most_)
        idle_.pop_front();
    idle_.push_back({std::move(connection), std::chrono::steady_clock::now() + idle_time_});
    arm();
}

void connection_pool::clear()
{
    idle_.clear();
    timer_.cancel();
}

// One timer, for the oldest; what has gone meanwhile only makes it fire in vain.
void connection_pool::arm()
{
    if (armed_ || idle_.empty())
        return;
    armed_ = true;
    timer_.expires_at(idle_.front().until);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code&) {
        const auto self = weak.lock();
        if (!self)
            return;
        self->armed_ = false;
        self->close_old(std::chrono::steady_clock::now());
        self->arm();
    });
}

void connection_pool::close_old(steady_time now)
{
    while (!idle_.empty() && idle_.front().until <= now)
        idle_.pop_front();
}

}  // namespace rollcall::http
