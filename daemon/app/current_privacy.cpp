#include "app/current_privacy.hpp"

#include <utility>

namespace rollcall {

void current_privacy::replace(const settings& by)
{
    const std::lock_guard lock{mutex_};
    for (const auto& source : by.sources) {
        const auto& p = source.privacy;
        privacy_rules rules{.name = p.name, .email = p.email, .user_id = p.user_id, .key = p.key};
        by_source_[source.name] =
            rules.keep_all() ? nullptr : std::make_shared<const privacy_rules>(std::move(rules));
    }
}

std::shared_ptr<const privacy_rules> current_privacy::find(std::string_view source) const
{
    const std::lock_guard lock{mutex_};
    const auto found = by_source_.find(source);
    return found == by_source_.end() ? nullptr : found->second;
}

}  // namespace rollcall
