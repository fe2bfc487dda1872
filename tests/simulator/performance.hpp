#pragma once

#include "simulator/dialect.hpp"
#include "simulator/plan.hpp"
#include "simulator/storing.hpp"
#include "simulator/world.hpp"

#include <algorithm>
#include <vector>

namespace rollcall::simulator {

/// A world, told in one dialect, with every delivery decided: all that is left is to send it.
struct performance {
    world of;
    timeline when;
    clock_step clock;
    std::vector<telling> told;
    plan planned;
    archive_faults archive;
};

/// When the last of it can be read, by the world's time.
inline milliseconds end_of(const performance& what)
{
    milliseconds end{0};
    for (const auto& each : what.told)
        end = std::max(end, each.stored);
    return end;
}

inline performance prepare(
    const world_options& options, const dialect& by, const timeline& when, const faults& wanted
)
{
    performance ready;
    ready.of = make_world(options);
    ready.when = when;
    ready.clock = set_clock_back(ready.of, wanted.clock_back);
    ready.told = by.tell(ready.of, when);
    store(ready.told, ready.of, when, ready.clock, wanted);
    ready.archive = wanted.archive;
    by.archive(ready.told, ready.of, wanted.archive);
    ready.planned = make_plan(ready.told, wanted, options.seed);
    return ready;
}

}  // namespace rollcall::simulator
