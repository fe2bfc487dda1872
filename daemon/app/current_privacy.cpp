#include "app/current_privacy.hpp"

namespace rollcall {

void current_privacy::replace(const settings& by)
{
    const std::lock_guard lock{mutex_};
    for (const auto& source : by.sources) {
        const auto& p = source.privacy;
        by_source_[source.name] = {
            .name = p.name, .email = p.email, .user_id = p.user_id, .key = p.key};
    }
}

privacy_rules current_privacy::find(std::string_view source) const
{
    const std::lock_guard lock{mutex_};
    const auto found = by_source_.find(source);
    return found == by_source_.end() ? privacy_rules{} : found->second;
}

}  // namespace rollcall
