#pragma once

#include "core/event.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace rollcall {

/// What the relay counts of a source.
enum class relay_count : std::uint8_t {
    // Intake records, read for the first time; and what became of them.
    records,
    records_used,       ///< at least one event
    records_ignored,    ///< authentic and of no interest
    records_notices,    ///< what the poller or a person says of a meeting: no payload
    records_postponed,  ///< polled while the meeting's past is being read, and polled again then
    records_moved,      ///< stored once more under the meeting's key, which was not known before
    records_unusable,   ///< dead-lettered
    records_given_up,   ///< no payload: tells what the poller has passed over, dead-lettered
    records_returned,   ///< waited for their meeting's key when their partition was put down
    // Events, each time one is offered to the ledger; and what became of them. A duplicate is
    // counted by the pair of ways.
    events,
    published_webhook,
    published_poll,
    published_download,
    superseded,     ///< it stood in for what has come
    beyond_window,  ///< cannot be proved new: dead-lettered
    beyond_polled,  ///< the same, and polled: most likely published long ago
    read_again,     ///< decided before its record was read again
    returned,       ///< held when its partition was put down: its record is read again, here or
                    ///< elsewhere
    // Beside the books.
    published_derived,
    late,           ///< published and marked late
    settled,        ///< meetings
    dead_letters,   ///< in committed transactions
    left_out,       ///< facts of records that no event was made of: their kind or time is unknown
    records_again,  ///< records that were read again
    count_          ///< how many there are
};

/// `relay_count::published_...` by how an event came.
relay_count published_by(way via);

/// What was counted of one source.
class source_tally {
public:
    static constexpr std::size_t ways = 4;

    std::uint64_t& operator[](relay_count what) { return counts_[index(what)]; }
    std::uint64_t operator[](relay_count what) const { return counts_[index(what)]; }
    std::uint64_t& duplicates(way first, way later)
    {
        return duplicates_[index(first)][index(later)];
    }
    std::uint64_t duplicates(way first, way later) const
    {
        return duplicates_[index(first)][index(later)];
    }
    std::uint64_t all_duplicates() const;
    /// Everything that has gone out, derived messages included.
    std::uint64_t published() const;

    source_tally& operator+=(const source_tally& other);

private:
    static std::size_t index(auto what) { return static_cast<std::size_t>(what); }

    std::array<std::uint64_t, static_cast<std::size_t>(relay_count::count_)> counts_{};
    std::array<std::array<std::uint64_t, ways>, ways> duplicates_{};
};

/// By source.
using source_tallies = std::map<std::string, source_tally, std::less<>>;
using source_amounts = std::map<std::string, std::uint64_t, std::less<>>;

/// What waits in one partition, by source.
struct waiting_amounts {
    source_amounts events;   ///< held
    source_amounts records;  ///< their meeting's key is being asked for
};

/// The books of the relay. What is entered together can only be seen together, so they balance at
/// any moment, per source:
///
///   records = used + ignored + notices + postponed + moved + unusable + given up + returned
///             + waiting
///   events  = published (without derived) + duplicates + superseded + beyond the window
///             + beyond it and polled + read again + returned + held
///
/// Any thread.
class relay_books {
public:
    struct account {
        source_tally counted;
        std::uint64_t held = 0;
        std::uint64_t waiting = 0;

        /// What is missing on the right side of the two equations; negative: on the left.
        std::int64_t missing_records() const;
        std::int64_t missing_events() const;
    };

    /// Has an account for the source from now on: what begins at 0 is seen to grow.
    void expect(const std::string& source);
    /// Enters what was counted in a partition, and that `now` waits there in the place of `before`.
    void enter(
        const source_tallies& counted, const waiting_amounts& before, const waiting_amounts& now
    );
    std::map<std::string, account> read() const;
    /// Over all sources.
    std::uint64_t sum(relay_count what) const;
    std::uint64_t published() const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, account> accounts_;
};

}  // namespace rollcall
