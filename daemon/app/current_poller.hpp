#pragma once

#include "poller/poller.hpp"

#include <memory>
#include <mutex>
#include <utility>

namespace rollcall {

/// Who polls now, for those who look on from other threads. Any thread.
class current_poller {
public:
    void replace(std::shared_ptr<const poller> by)
    {
        const std::lock_guard lock{mutex_};
        now_ = std::move(by);
    }
    /// Null while nobody polls.
    std::shared_ptr<const poller> get() const
    {
        const std::lock_guard lock{mutex_};
        return now_;
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const poller> now_;
};

}  // namespace rollcall
