#include "ops/readiness.hpp"

#include <utility>

namespace rollcall {

void readiness::not_ready(std::string why)
{
    const std::lock_guard lock{mutex_};
    why_not_ = std::move(why);
}

void readiness::ready()
{
    const std::lock_guard lock{mutex_};
    why_not_.reset();
}

std::optional<std::string> readiness::why_not() const
{
    const std::lock_guard lock{mutex_};
    return why_not_;
}

std::optional<std::string> readiness::degraded() const
{
    return degraded_ ? degraded_() : std::nullopt;
}

}  // namespace rollcall
