#pragma once

#include "ops/life_signs.hpp"
#include "ops/readiness.hpp"
#include "relay/relay.hpp"

#include <mutex>
#include <string>

namespace rollcall {

/// How far the relay is, for who is asked by others: readiness follows it until its first
/// assignment is restored; a later rebalance does not take it back. The relay's thread tells, any
/// other asks.
class relay_progress {
public:
    /// `told` outlives this.
    explicit relay_progress(readiness& told) : told_{told} {}

    void take(const relay_state& now);
    /// The last one told.
    relay_state now() const;

    /// Of the relay's loop, and before there is one of whatever waits for Kafka in its place.
    turn_counter turns;

private:
    readiness& told_;
    bool was_ready_ = false;
    mutable std::mutex mutex_;
    relay_state now_;
};

/// `restoring 3 of 12 partitions, 40 %`; empty where nothing is restored.
std::string restoring_text(const relay_state& now);

}  // namespace rollcall
