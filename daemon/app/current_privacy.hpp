#pragma once

#include "relay/privacy.hpp"
#include "settings/settings.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace rollcall {

/// What each source discloses, by the settings in force. The rules of sources that are gone stay as
/// they were, for what the intake still has of them. Any thread.
class current_privacy {
public:
    explicit current_privacy(const settings& with) { replace(with); }

    void replace(const settings& by);
    /// Null where everything is kept, as of a source that never was.
    std::shared_ptr<const privacy_rules> find(std::string_view source) const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const privacy_rules>, std::less<>> by_source_;
};

}  // namespace rollcall
