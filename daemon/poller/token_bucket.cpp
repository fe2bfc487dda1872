#include "poller/token_bucket.hpp"

#include <algorithm>

namespace rollcall {
namespace {

constexpr std::chrono::nanoseconds minute = std::chrono::minutes{1};
constexpr std::uint32_t burst_divisor = 50;  // 2 % of a minute's budget at once
constexpr double used_share = 0.95;          // with the burst 97 %; the rest is for the way

}  // namespace

token_bucket::token_bucket(std::uint32_t requests_a_minute)
    : burst_{std::max(1U, requests_a_minute / burst_divisor)},
      spacing_{static_cast<nanoseconds::rep>(
          static_cast<double>(minute.count()) / (used_share * std::max(1U, requests_a_minute))
      )},
      full_at_{0}
{
}

void token_bucket::limit_to(std::uint32_t requests_a_minute)
{
    const token_bucket smaller{requests_a_minute};
    if (smaller.spacing_ <= spacing_)
        return;
    burst_ = smaller.burst_;
    spacing_ = smaller.spacing_;
}

timestamp token_bucket::ready_at() const
{
    const auto at = full_at_ - (burst_ - 1) * spacing_;
    return timestamp{std::chrono::ceil<milliseconds>(at)};
}

std::uint32_t token_bucket::left(timestamp now) const
{
    const auto used = std::max(full_at_ - nanoseconds{now.time_since_epoch()}, nanoseconds{0});
    const auto taken = (used + spacing_ - nanoseconds{1}) / spacing_;
    return taken >= burst_ ? 0 : burst_ - static_cast<std::uint32_t>(taken);
}

void token_bucket::take(timestamp now)
{
    full_at_ = std::max(full_at_, nanoseconds{now.time_since_epoch()}) + spacing_;
}

}  // namespace rollcall
