#include "http/deadlines.hpp"

namespace rollcall::http {

std::array<milliseconds, waits> deadline_queue::lengths_of(const limits& allowed)
{
    return {
        allowed.idle_time,
        allowed.header_time,
        allowed.body_time,
        allowed.write_time,
        allowed.linger_time,
        allowed.handshake_time,
    };
}

deadline_queue::deadline_queue(const limits& allowed) : lengths_{lengths_of(allowed)} {}

// All of a list by the same time, so that it stays sorted.
void deadline_queue::change(const limits& allowed)
{
    const auto lengths = lengths_of(allowed);
    for (std::size_t kind = 0; kind < waits; ++kind)
        for (auto& each : lists_[kind])
            each.due_ += lengths[kind] - lengths_[kind];
    lengths_ = lengths;
}

steady_time deadline_queue::begin(deadline& who, wait what, steady_time now)
{
    const auto kind = static_cast<std::size_t>(what);
    who.unlink();
    who.due_ = now + lengths_[kind];
    lists_[kind].push_back(who);
    return who.due_;
}

void deadline_queue::end(deadline& who)
{
    who.unlink();
}

void deadline_queue::expire(steady_time now)
{
    for (auto& waiting : lists_) {
        while (!waiting.empty() && waiting.front().due_ <= now) {
            auto& late = waiting.front();
            waiting.pop_front();
            late.expired();
        }
    }
}

std::optional<steady_time> deadline_queue::earliest() const
{
    std::optional<steady_time> first;
    for (const auto& waiting : lists_)
        if (!waiting.empty() && (!first || waiting.front().due_ < *first))
            first = waiting.front().due_;
    return first;
}

}  // namespace rollcall::http
