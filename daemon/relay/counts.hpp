#pragma once

#include "core/event.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace rollcall {

/// What the relay has done since the start of the process. The relay's thread writes, any thread
/// reads.
struct relay_counts {
    using count = std::atomic<std::uint64_t>;
    static constexpr std::size_t ways = 4;

    count records{0};  ///< intake records read, again or for the first time
    count ignored{0};  ///< authentic and of no interest
    /// Facts of records that were left out: of a kind that is not known, or without a time that can
    /// be read.
    count left_out{0};
    count published{0};  ///< messages in committed transactions, derived ones included
    count late{0};       ///< those of them marked late
    count settled{0};    ///< those of them that settle a meeting
    count dead_letters{0};
    count read_again{0};  ///< events that had gone out before this process read their record again
    std::array<std::array<count, ways>, ways>
        duplicates{};  ///< by the first copy's way, then the later one's
    count transactions{0};
    count aborts{0};
    count renewals{0};  ///< producers replaced after a fatal or an indefinite error
    count restored{0};  ///< partitions restored
    count tracked{0};   ///< what is polled here, written to the tracking topic

    /// How the two ways of a polled source told the events of its settled meetings.
    struct merge {
        count webhook_first{0};  ///< told by both, first by a webhook
        count poll_first{0};
        count webhook_only{0};
        count poll_only{0};
    };
    std::map<std::string, merge> merged;  ///< by source

    /// What a polled source's whole downloads have told, and what only webhooks have.
    struct download {
        count audited{0};
        count exact{0};    ///< rows that webhooks have told, with the same time
        count matched{0};  ///< and with another time
        count webhook_only{0};
        count download_only{0};
        count undecided{0};      ///< rows that may or may not be what a webhook has told; published
        count too_large{0};      ///< downloads with more rows than may be remembered: not audited
        count clocks_differ{0};  ///< those of them whose times differ from the webhooks'
    };
    std::map<std::string, download> downloaded;  ///< by source

    /// Held while the two maps get a key, and by whoever looks at them on another thread.
    mutable std::mutex keys;

    /// Counts for these sources, too; none is ever taken away.
    void expect(const auto& sources)
    {
        const std::lock_guard lock{keys};
        for (const auto& source : sources) {
            merged.try_emplace(source);
            downloaded.try_emplace(source);
        }
    }
};

}  // namespace rollcall
