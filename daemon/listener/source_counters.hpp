#pragma once

#include "core/time_histogram.hpp"

#include <atomic>
#include <cstdint>

namespace rollcall {

/// What came to one source's hook. Written by the listener's threads, readable from any. `received`
/// is the sum of `verified`, `permitted`, everything rejected, and what is being looked at;
/// `verified` of `stored`, `failed`, `ignored` and what is on its way.
struct source_counters {
    using counter = std::atomic<std::uint64_t>;

    counter received{0};
    counter verified{0};
    counter stored{0};      ///< answered 2xx
    counter failed{0};      ///< answered 503: authentic, but not known to be stored
    counter unroutable{0};  ///< of the verified ones: stored all the same, for the dead letters
    counter ignored{0};     ///< verified, answered 2xx and not stored: nothing can be made of them
    counter records{0};     ///< of the intake, that are in the journal: a webhook may be several

    counter permitted{0};  ///< asked with OPTIONS whether webhooks may be sent, and told yes

    // Rejected, by reason.
    counter wrong_method{0};       ///< 405
    counter wrong_type{0};         ///< 415
    counter empty_body{0};         ///< 400
    counter missing_signature{0};  ///< 401
    counter bad_signature{0};      ///< 401
    counter bad_token{0};          ///< 401: the query token is missing, or wrong
    counter stale_signature{0};    ///< 401: the signed time is too far from now
    counter undecided{0};          ///< 503: the key to check with cannot be had now
    counter uncheckable{0};        ///< 400: a body whose signature cannot be formed, or its headers

    time_histogram answer;   ///< from the whole request to the answer, whatever that says
    time_histogram journal;  ///< of what was verified: how long the journal took
};

}  // namespace rollcall
