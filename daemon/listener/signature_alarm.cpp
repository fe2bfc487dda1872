#include "listener/signature_alarm.hpp"

namespace rollcall {
namespace {

constexpr std::uint64_t alarming_in_a_row = 5;
constexpr milliseconds between_alarms{60'000};

}  // namespace

std::optional<std::uint64_t> signature_alarm::bad(timestamp now)
{
    const auto in_a_row = in_a_row_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (in_a_row < alarming_in_a_row)
        return std::nullopt;
    const auto now_ms = now.time_since_epoch().count();
    auto quiet_until_ms = quiet_until_ms_.load(std::memory_order_relaxed);
    const bool due = now_ms >= quiet_until_ms;
    // One thread of those that see it says so.
    if (!due ||
        !quiet_until_ms_.compare_exchange_strong(quiet_until_ms, now_ms + between_alarms.count()))
        return std::nullopt;
    return in_a_row;
}

void signature_alarm::good()
{
    if (in_a_row_.load(std::memory_order_relaxed) !=
        0)  // read first: the line is shared between threads
        in_a_row_.store(0, std::memory_order_relaxed);
}

}  // namespace rollcall
