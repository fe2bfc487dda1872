#include "app/relay_progress.hpp"

#include "core/log.hpp"

#include <algorithm>

namespace rollcall {

void relay_progress::take(const relay_state& now)
{
    {
        const std::lock_guard lock{mutex_};
        now_ = now;
    }
    if (was_ready_)
        return;
    if (!now.assigned) {
        told_.not_ready("waiting for the consumer group");
    } else if (now.restoring > 0) {
        told_.not_ready(restoring_text(now));
    } else {
        was_ready_ = true;
        told_.ready();
        stage_log{"serve"}.info("ready", {{"partitions", now.active}});
    }
}

relay_state relay_progress::now() const
{
    const std::lock_guard lock{mutex_};
    return now_;
}

std::string restoring_text(const relay_state& now)
{
    if (now.restoring == 0)
        return {};
    const auto& r = now.restore;
    const auto percent =
        r.to_read == 0 ? 0 : std::min<std::uint64_t>(100, 100 * r.read / r.to_read);
    return "restoring " + std::to_string(now.restoring) + " of " +
           std::to_string(now.restoring + now.active) + " partitions, " + std::to_string(percent) +
           " %";
}

}  // namespace rollcall
