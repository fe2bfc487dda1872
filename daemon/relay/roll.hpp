#pragma once

#include "core/event.hpp"
#include "relay/ledger.hpp"
#include "relay/message.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rollcall {

/// How events of one meeting are put in order (design section 2).
enum class ordering {
    event_time,  ///< sorted by `occurred_at`; everything waits the hold
    causal,      ///< as it arrives, but a left waits up to the hold for its joined
    arrival,     ///< as it arrives
};

struct roll_settings {
    ordering mode = ordering::event_time;
    milliseconds hold{2'000};
    milliseconds settle_after{60'000};  ///< from the receipt of the end
    milliseconds window{std::chrono::hours{80}};
};

/// What became of an event that was offered.
struct verdict {
    enum class outcome : std::uint8_t {
        published,      ///< goes out with this transaction
        held,           ///< waits for its turn
        duplicate,      ///< known already
        beyond_window,  ///< cannot be proved new
    };
    outcome what = outcome::published;
    way first = way::webhook;  ///< of a duplicate: the way its first copy had come
};

/// One partition's roll: the ledger of what is out, and the events that wait for their turn.
/// Decides; no I/O, no clock of its own, the same input gives the same output. One thread at a
/// time.
class roll {
public:
    roll(roll_settings how, std::unique_ptr<ledger> known);

    /// Starts a transaction at `now` (the wall clock): what is published until `commit` carries
    /// that time or, after a settling, a millisecond more. Forgets what has left the window.
    void begin(timestamp now);
    /// An intake record was read that was received then: the intake's own time goes on, and what is
    /// due by it goes out before the record's own events are offered. So the order of the records
    /// alone decides, not how they were cut into transactions, and a backlog comes out as it would
    /// have live.
    void advance(timestamp received_at, std::vector<publication>& out);
    /// An event of the record at `offset`. What it makes publishable is appended to `out`.
    verdict offer(event e, std::int64_t offset, std::vector<publication>& out);
    /// Publishes what has waited long enough, and settles meetings.
    void release(std::vector<publication>& out);
    void commit();
    /// Forgets the running transaction and everything that was held: the intake is read again from
    /// the last committed offset, which lies before the oldest held record.
    void rollback();

    /// The partition has been read to its end; until the next record the wall clock counts as well.
    void reach_end() { at_end_ = true; }
    /// The intake's own time: the largest receive time read so far, and the wall clock only while
    /// the partition has been read to its end.
    timestamp intake_time(timestamp now) const;

    /// The offset that must not be committed past: of the oldest record held.
    std::optional<std::int64_t> oldest_held() const;
    /// When `release` has something to do next, in intake time.
    std::optional<timestamp> next_due() const;
    std::size_t held() const { return spots_.size(); }
    const ledger& known() const { return *ledger_; }

private:
    // In a meeting's order: by time, then rank, then identity (design section 2, "Equal times").
    struct place {
        timestamp occurred_at{};
        int rank = 0;
        event_id id;
        auto operator<=>(const place&) const = default;
    };
    struct waiting {
        event what;
        std::multiset<std::int64_t>::iterator offset;
        std::multimap<timestamp, event_id>::iterator due;
    };
    using meeting_name = std::pair<std::string, std::string>;  // source, id
    using line = std::map<place, waiting>;
    using lines = std::map<meeting_name, line>;
    struct spot {
        lines::iterator line;
        place at;
    };
    struct id_hash {
        using is_avalanching = void;
        std::size_t operator()(const event_id& id) const noexcept;
    };

    bool provably_new(const event& e) const;
    bool must_wait(const event& e) const;
    void offer_again(const event_id& id, event e);
    void hold(event e, const event_id& id, std::int64_t offset);
    void publish_held(lines::iterator in, line::iterator which, std::vector<publication>& out);
    void publish(
        event e,
        const event_id& id,
        std::optional<std::int64_t> offset,
        std::vector<publication>& out
    );
    void publish_followers(
        const meeting_name& meeting, const std::string& participant, std::vector<publication>& out
    );
    void publish_line(
        lines::iterator in, line::iterator first, line::iterator last, std::vector<publication>& out
    );
    void publish_due(std::vector<publication>& out);
    void settle_first(std::vector<publication>& out);
    void settle(
        const ledger::unsettled& which, const ledger::ending& end, std::vector<publication>& out
    );
    std::optional<timestamp> next_settling() const;

    roll_settings how_;
    std::unique_ptr<ledger> ledger_;
    timestamp now_{};           // of the running transaction
    timestamp published_at_{};  // never goes back
    timestamp largest_received_{};
    bool at_end_ = false;

    lines lines_;
    boost::unordered_flat_map<event_id, spot, id_hash> spots_;  // of what is held
    std::multimap<timestamp, event_id> due_;
    std::multiset<std::int64_t> offsets_;
};

}  // namespace rollcall
