#pragma once

#include "relay/occurrence.hpp"

#include <span>

namespace rollcall {

/// What the other way has told that `mine` is, published or told again; null: nothing of that.
///
/// It is what `mine` faces in the largest alignment without crossings of what both ways have told,
/// each in its own order. In it joins face joins and leaves leaves, nothing faces what is farther
/// away than `most_between_ways`, and no two that were published face each other; of several, it is
/// the one whose distances are the smallest.
///
/// If one way tells all there is, and of the other all lie within that distance, then as many face
/// each other as are the same.
///
/// Looks at what is linked to `mine` by gaps of that length at most, and not at all where that is
/// more than `most_aligned` of one way.
const presence_change* aligned_with(
    const presence_change& mine, std::span<const presence_change> known
);
inline constexpr std::size_t most_aligned = 128;

}  // namespace rollcall
