#include "listener/key_ring.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {
namespace {

constexpr milliseconds first_retry{1'000};
// Keys that have been replaced and still count. A server that names another key each time must not
// make every check slow.
constexpr std::size_t most_old = 4;

bool is_same(const webhook_key& a, const webhook_key& b)
{
    return a.kind == b.kind && a.bytes == b.bytes;
}

}  // namespace

bool key_ring::may_refetch(steady_time now) const
{
    return !began_ || now - *began_ >= pace_.refetch;
}

void key_ring::began(steady_time now)
{
    began_ = now;
}

void key_ring::fetched(webhook_key key, steady_time now)
{
    std::erase_if(old_, [&](const old_key& each) {
        return each.until <= now || is_same(each.key, key);
    });
    if (current_ && !is_same(*current_, key)) {
        old_.insert(old_.begin(), {std::move(*current_), now + pace_.grace});
        if (old_.size() > most_old)
            old_.pop_back();
    }
    current_ = std::move(key);
    confirmed_ = began_;
    failures_ = 0;
    next_fetch_ = now + pace_.refresh;
}

void key_ring::failed(steady_time now)
{
    constexpr unsigned most_doublings = 16;
    const auto wait = first_retry * (1U << std::min(failures_, most_doublings));
    ++failures_;
    next_fetch_ = now + std::clamp(wait, milliseconds{1}, pace_.refetch);
}

std::vector<webhook_key> key_ring::valid(steady_time now) const
{
    std::vector<webhook_key> keys;
    if (current_)
        keys.push_back(*current_);
    for (const auto& each : old_)
        if (now < each.until)
            keys.push_back(each.key);
    return keys;
}

std::optional<steady_time> key_ring::next_expiry(steady_time now) const
{
    std::optional<steady_time> next;
    for (const auto& each : old_)
        if (now < each.until)
            next = std::min(next.value_or(each.until), each.until);
    return next;
}

}  // namespace rollcall
