#pragma once

#include "core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rollcall {

/// A distance at which many events of one way face their like of the other.
struct clock_distance {
    milliseconds distance{0};
    std::size_t facing = 0;  ///< pairs that lie about this far apart
    bool operator==(const clock_distance&) const = default;
};

/// Those that stand out of all distances between like events of two ways, within `reach` on both
/// sides of zero, that which stands out most in front. They are sought at every sharpness from a
/// millisecond to `widest`, which is how far pairs of one distance may differ from it. A distance
/// that fewer than three pairs have does not stand out, nor one that chance would bring as often.
std::vector<clock_distance> find_clock_distances(
    std::vector<milliseconds> distances, milliseconds reach, milliseconds widest
);

}  // namespace rollcall
