#pragma once

#include <mutex>
#include <optional>
#include <string>

namespace rollcall {

/// Whether this instance does its work, and if not, why. Set by who knows, read by who is asked.
/// Any thread.
class readiness {
public:
    /// One short line: `starting`, `restoring 3 of 12 partitions`, `stopping`.
    void not_ready(std::string why);
    void ready();

    /// Nothing once ready. `starting` before anybody said anything.
    std::optional<std::string> why_not() const;

private:
    mutable std::mutex mutex_;
    std::optional<std::string> why_not_ = "starting";
};

}  // namespace rollcall
