#pragma once

#include "core/time.hpp"

namespace rollcall {

/// A time to wait for by a clock that may be set: a step forward ends the wait early, a step back
/// by more than the length ends it too, so that nothing waits longer than twice its length. The
/// default is due.
struct timer {
    timestamp since{};
    milliseconds length{0};

    timestamp end() const { return since + length; }
    bool is_due(timestamp now) const { return now >= end() || now < since - length; }
};

}  // namespace rollcall
