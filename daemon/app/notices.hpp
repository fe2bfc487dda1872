#pragma once

#include "core/tracking.hpp"
#include "settings/settings.hpp"

#include <memory>
#include <string>
#include <vector>

namespace rollcall {

/// Tells the owners of meetings what a person wants, through the intake; so it works from any
/// machine, also while no daemon runs. Blocks.
class notices {
public:
    explicit notices(const settings& with);
    ~notices();

    /// All of them are stored when it returns without an error.
    error_code tell(
        const std::string& source,
        const std::string& provider,
        const std::vector<std::string>& meetings,
        tracking_sign sign
    );

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace rollcall
