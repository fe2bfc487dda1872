#pragma once

#include "app/doctor/diagnosis.hpp"
#include "app/topic_plan.hpp"
#include "core/time.hpp"
#include "poller/rate_notice.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace rollcall {

// What is made of what the steps have seen. No I/O, no clock.

/// From which distance between the provider's clock and ours on there is a warning: far beyond what
/// a synchronised clock and an answer's whole seconds can explain.
inline constexpr milliseconds clock_warned{5'000};

/// An answer's `Date`, and when by our clock its request went out and it came.
struct clock_reading {
    timestamp date;
    timestamp sent;
    timestamp came;
};

/// How far ahead of ours the provider's clock is; negative: behind. `Date` was written half-way
/// between the request and the answer, as far as we know, and half a second after what it says.
milliseconds clock_skew(const clock_reading& read);

/// `tolerance`: how far a signed time may be away before it is refused.
finding judge_clock(const std::string& step, const clock_reading& read, milliseconds tolerance);

/// What an answer of that status tells of the budget. `retry_after`: what it asks to wait.
finding judge_budget(
    const std::string& step,
    unsigned status,
    const rate_notice& told,
    std::optional<milliseconds> retry_after
);

/// One topic against its plan: what `compare_topics` has found, and whether `acks=all` can do its
/// work with so many replicas.
finding judge_topic(const topic_plan& plan, const topic_finding& found);

/// A certificate that stops counting then. `soon`: from how long before on there is a warning.
finding judge_expiry(const std::string& step, timestamp expires, timestamp now, milliseconds soon);

/// Room for a spool, in bytes.
struct spool_room {
    std::uint64_t free = 0;       ///< on its disk, for this user
    std::uint64_t used = 0;       ///< by what is in its directory already
    std::uint64_t max_bytes = 0;  ///< what it may grow to
    std::uint64_t reserve = 0;    ///< what it needs besides
};
finding judge_room(const std::string& step, const std::string& directory, const spool_room& room);

/// What `/readyz` has answered.
finding judge_readiness(const std::string& step, unsigned status, const std::string& body);

/// What a route has answered to a webhook that is signed (`signature_known`) or, as only the
/// provider can sign, is not. `accepted`: the provider's status for success.
struct route_answer {
    unsigned status = 0;
    unsigned accepted = 202;
    bool signature_known = true;
    std::string proof;  ///< `secret 1 of 2`, `query token`: what the request proved itself with
};
finding judge_route(const std::string& step, const route_answer& answer);

}  // namespace rollcall
