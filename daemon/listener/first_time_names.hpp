#pragma once

#include <mutex>
#include <set>
#include <string>

namespace rollcall {

/// Tells which names are new, so that each is said once. Any thread.
class first_time_names {
public:
    /// True for the first of each name; of more than 32 names, or a long one, never.
    bool is_first(const std::string& name)
    {
        constexpr std::size_t most = 32, longest = 64;
        const std::lock_guard lock{mutex_};
        return seen_.size() < most && name.size() <= longest && seen_.insert(name).second;
    }

private:
    std::mutex mutex_;
    std::set<std::string> seen_;
};

}  // namespace rollcall
