#pragma once

#include "core/time.hpp"
#include "providers/provider.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace rollcall {

using steady_time = std::chrono::steady_clock::time_point;

/// When a published key is asked for, and how long it counts.
struct key_pace {
    milliseconds refresh{std::chrono::hours{1}};  ///< between two looks at it
    milliseconds refetch{60'000};  ///< because a check has failed: at most once in this time
    milliseconds grace{std::chrono::hours{24}};  ///< for a key after another has taken its place

    bool operator==(const key_pace&) const = default;
};

/// The keys of one provider that publishes them: which ones count, and when to ask again. Decides;
/// no I/O, no clock. One thread at a time.
///
/// A key that was fetched counts until another is published, and `grace` longer; that nobody
/// answers takes no key away. After a failure the next try comes sooner: after a second, two, four,
/// up to `refetch`.
class key_ring {
public:
    explicit key_ring(const key_pace& pace) : pace_{pace} {}

    /// When to fetch by itself; at once as long as nothing was tried.
    steady_time next_fetch() const { return next_fetch_; }
    /// Whether a check that has failed may have the key fetched now.
    bool may_refetch(steady_time now) const;

    // A fetch begins; and how it ended.
    void began(steady_time now);
    void fetched(webhook_key key, steady_time now);
    void failed(steady_time now);

    /// The newest first; empty as long as none could be had.
    std::vector<webhook_key> valid(steady_time now) const;
    /// When the next of them stops to count.
    std::optional<steady_time> next_expiry(steady_time now) const;
    /// Whether a fetch that began then or later has succeeded: what does not match the keys now did
    /// not match any key that was published then.
    bool confirmed_since(steady_time then) const { return confirmed_ && *confirmed_ >= then; }
    /// Failures since the last success.
    unsigned failures() const { return failures_; }

private:
    struct old_key {
        webhook_key key;
        steady_time until;
    };

    key_pace pace_;
    steady_time next_fetch_ = steady_time::min();
    std::optional<steady_time> began_;
    std::optional<steady_time> confirmed_;  // the beginning of the last fetch that succeeded
    unsigned failures_ = 0;
    std::optional<webhook_key> current_;
    std::vector<old_key> old_;  // the one replaced last first
};

}  // namespace rollcall
