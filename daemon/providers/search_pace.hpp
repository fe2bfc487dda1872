#pragma once

#include "core/time.hpp"

namespace rollcall {

/// How a meeting is looked for that the provider says it does not have. One that was found before
/// is looked for as often as usual, and not for long: it is gone, unless not every server knows it
/// yet. One that was never found with this account is more likely another's: it is looked for ever
/// more seldom, and given up only when the window has passed. Counted in looks, not by a clock.
struct search_pace {
    /// So long one that was found before may be missing.
    static constexpr milliseconds gone_after = std::chrono::minutes{5};
    /// The longest time between two looks for one that was never found.
    static constexpr milliseconds longest_pause = std::chrono::minutes{10};
    /// However long the pauses are.
    static constexpr unsigned fewest_looks = 3;

    milliseconds usual;   ///< between two looks
    milliseconds window;  ///< in which a meeting's events can be told from new ones

    /// Until the next look, after `times` in succession that found nothing.
    milliseconds pause(unsigned times, bool was_found) const;
    /// Whether it is given up after so many.
    bool is_over(unsigned times, bool was_found) const;
};

}  // namespace rollcall
