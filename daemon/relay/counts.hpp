#pragma once

#include "core/event.hpp"
#include "core/time_histogram.hpp"
#include "relay/tally.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace rollcall {

/// What the relay has done since the start of the process. The relay's thread writes, any thread
/// reads.
struct relay_counts {
    using count = std::atomic<std::uint64_t>;

    count transactions{0};  ///< committed
    count aborts{0};
    count renewals{0};                ///< producers replaced after a fatal or an indefinite error
    std::array<count, 6> failures{};  ///< transactions that failed, by the `reaction` to it
    count restored{0};                ///< partitions restored
    count tracked{0};                 ///< what is polled here, written to the tracking topic

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

    /// What became of each source's records and events, which balances at any moment.
    relay_books books;

    /// How long messages of a source took. Only the relay's thread asks for one that is new.
    struct times {
        time_histogram end_to_end;  ///< from the receipt of a webhook to the commit of its message
        time_histogram hold;        ///< events that waited for their turn: how long
    };
    times& times_of(const std::string& source)
    {
        const std::lock_guard lock{keys};
        auto& known = times_[source];
        if (!known)
            known = std::make_unique<times>();
        return *known;
    }
    /// Of every source; valid as long as this. Any thread.
    std::map<std::string, const times*> all_times() const
    {
        const std::lock_guard lock{keys};
        std::map<std::string, const times*> all;
        for (const auto& [source, known] : times_)
            all.emplace(source, known.get());
        return all;
    }

private:
    std::map<std::string, std::unique_ptr<times>> times_;
};

}  // namespace rollcall
