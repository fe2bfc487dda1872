#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

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

    /// Who knows what it does without while it works all the same: `spooling, 12 records wait`.
    /// Called on any thread, for as long as this object is asked; set before it is.
    void degraded_by(std::function<std::optional<std::string>()> why)
    {
        degraded_ = std::move(why);
    }
    /// Nothing while it lacks nothing.
    std::optional<std::string> degraded() const;

private:
    std::function<std::optional<std::string>()> degraded_;
    mutable std::mutex mutex_;
    std::optional<std::string> why_not_ = "starting";
};

}  // namespace rollcall
