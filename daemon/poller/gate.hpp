#pragma once

#include "core/time.hpp"

#include <optional>

namespace rollcall {

/// Closed for a while when something is wrong behind it; then one at a time is let through to see
/// whether it still is.
class gate {
public:
    bool is_open() const { return open_; }
    /// When the next one may pass; a time in the past where it may now, nothing while a probe is
    /// on its way.
    std::optional<timestamp> admits_at() const
    {
        if (open_)
            return timestamp::min();
        return probing_ ? std::nullopt : std::optional{closed_until_};
    }

    /// Also ends a probe.
    void close(timestamp until)
    {
        open_ = probing_ = false;
        closed_until_ = until;
    }
    void open() { open_ = true; }
    /// One passes. True when it is a probe, on whose return `open`, `close` or `probe_lost`
    /// follows.
    bool pass()
    {
        probing_ = !open_;
        return probing_;
    }
    /// The probe has come back without an answer: the next one may go.
    void probe_lost() { probing_ = false; }

private:
    bool open_ = true;
    bool probing_ = false;
    timestamp closed_until_{};
};

}  // namespace rollcall
