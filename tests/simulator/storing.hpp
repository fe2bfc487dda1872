#pragma once

#include "simulator/dialect.hpp"
#include "simulator/plan.hpp"
#include "simulator/world.hpp"

#include <vector>

namespace rollcall::simulator {

/// The provider's clock is set back once.
struct clock_step {
    milliseconds at = milliseconds::max();  ///< of the world's time
    milliseconds back{0};

    /// How far back the clock is at that moment.
    milliseconds behind(milliseconds now) const { return now < at ? milliseconds{0} : back; }
};

/// Half-way through the world the clock is set back: what is noticed afterwards is stamped earlier
/// than it happened. A participant's comings and goings keep times of their own.
clock_step set_clock_back(world& of, milliseconds back);

/// Decides when the provider has stored what it tells, and under which insertion time. A bot writes
/// what it notices of people one after the other: a row that is late holds up those behind it.
/// Insertion times lie behind the rows' own by some milliseconds, and two of one bot are equal only
/// where `wanted` says so.
void store(
    std::vector<telling>& told,
    const world& of,
    const timeline& when,
    const clock_step& clock,
    const faults& wanted
);

}  // namespace rollcall::simulator
