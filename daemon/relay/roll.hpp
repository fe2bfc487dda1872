#pragma once

#include "core/event.hpp"
#include "relay/download_match.hpp"
#include "relay/gathering.hpp"
#include "relay/ledger.hpp"
#include "relay/list_distances.hpp"
#include "relay/message.hpp"
#include "relay/tally.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
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
    source_set polled;  ///< sources whose meetings settle when their last sweep is done
    /// Sources whose downloads are matched with what webhooks have told, and how.
    std::map<std::string, match_settings, std::less<>> matched;
    /// Events that wait for the end of their download, for other late webhooks or for what they
    /// stand in for, and rows that are remembered for the audit: so many at most, in a partition.
    std::size_t gathered = 100'000;
};

/// The sources of `roll_settings::matched`.
source_set matched_in(const roll_settings& how);

/// Everything that was ever published of one meeting, also before the window: for a meeting that is
/// read again from the start by hand.
struct recalled_meeting {
    struct copy {
        way via = way::webhook;
        std::uint32_t content = 0;  // `event::content`
    };
    boost::unordered_flat_map<event_id, copy, event_id_hash> published;
    std::array<std::uint64_t, channels> last_sequence{};
    std::optional<timestamp> latest;
    bool settled = false;
    /// From when on the topics still have everything: what is older may have been deleted.
    std::array<timestamp, channels> complete_since{};
};

/// How the two ways of a polled source's meeting told its events, when it settled. The audit of
/// what webhooks alone, or polls alone, would have lost.
struct merge_audit {
    std::string source;
    std::string meeting;
    bool swept = true;  ///< false: settled because its sweep had been waited for too long
    std::uint64_t webhook_first = 0;  ///< told by both, first by a webhook
    std::uint64_t poll_first = 0;
    std::uint64_t webhook_only = 0;
    std::uint64_t poll_only = 0;
};

/// What a whole download has told that webhooks have not, and the other way round.
struct download_audit {
    std::string source;
    std::string meeting;
    std::string download;
    std::uint64_t rows = 0;     ///< those that webhooks may tell, too
    std::uint64_t exact = 0;    ///< told by webhooks, with the same time
    std::uint64_t matched = 0;  ///< told by webhooks, with another time
    std::uint64_t webhook_only = 0;
    std::uint64_t download_only = 0;
    std::uint64_t undecided = 0;  ///< `match_result::undecided`
    bool whole = true;  ///< false: more rows than may be remembered, so that nothing was counted
    /// Set where what only one way has told lies a constant distance from what only the other has:
    /// the clocks differ.
    std::optional<clock_distance> differ;
};

/// What became of an event that was offered.
struct decision {
    enum class outcome : std::uint8_t {
        published,      ///< goes out with this transaction
        held,           ///< waits for its turn
        duplicate,      ///< known already
        beyond_window,  ///< cannot be proved new
        told_better,    ///< stands in for what has come
    };
    outcome what = outcome::published;
    way first = way::webhook;  ///< of a duplicate: the way its first copy had come
};

/// What was held and found to be out already when its turn came.
struct late_duplicate {
    std::int64_t offset = 0;
    way first = way::webhook;
    way later = way::webhook;
    std::string source{};
    bool superseded = false;  ///< it stood in for what has come, and is nobody's duplicate
};

/// One partition's roll: the ledger of what is out, and the events that wait for their turn.
/// Decides; no I/O, no clock of its own, the same input gives the same output. One thread at a
/// time.
class roll {
public:
    roll(roll_settings how, std::unique_ptr<ledger> known);

    /// Other rules for the same matched sources as before; from the next download on.
    void match_by(std::map<std::string, match_settings, std::less<>> rules)
    {
        how_.matched = std::move(rules);
    }

    /// Starts a transaction at `now` (the wall clock): what is published until `commit` carries
    /// that time or, after a settling, a millisecond more. Forgets what has left the window.
    void begin(timestamp now);
    /// An intake record was read that was received then: the intake's own time goes on, and what is
    /// due by it goes out before the record's own events are offered. So the order of the records
    /// alone decides, not how they were cut into transactions, and a backlog comes out as it would
    /// have live.
    void advance(timestamp received_at, std::vector<publication>& out);
    /// An event of the record at `offset`, a row of a download where that has a name. What it makes
    /// publishable is appended to `out`.
    decision offer(
        event e, std::int64_t offset, std::vector<publication>& out, std::string_view download = {}
    );
    /// The meeting's download of this name is there whole: its rows that have waited for that are
    /// matched with what webhooks have told, and it is audited.
    void finish_download(
        const std::string& source,
        const std::string& meeting,
        const std::string& download,
        std::vector<publication>& out
    );
    /// Publishes what has waited long enough, and settles meetings.
    void release(std::vector<publication>& out);
    void commit();
    /// Forgets the running transaction and everything that was held: the intake is read again from
    /// the last committed offset, which lies before the oldest held record.
    void rollback();

    /// The partition has been read to its end; until the next record the wall clock counts as well.
    void reach_end() { at_end_ = true; }

    /// The meeting's last sweep is done: what it still holds goes out, and it settles if it has
    /// ended. One whose sweep never comes settles when nine tenths of the window have passed since
    /// its end was published: a tenth later the end would be forgotten, and it would never.
    void finish_sweep(
        const std::string& source, const std::string& meeting, std::vector<publication>& out
    );
    /// Until `forget_recalled`, the meeting's events are held against all that was ever published
    /// of it.
    void recall(const std::string& source, const std::string& meeting, recalled_meeting all);
    void forget_recalled(const std::string& source, const std::string& meeting);
    /// Of the meetings that the last `commit` settled.
    std::vector<merge_audit> take_audits();
    /// Of the downloads that the last `commit` has decided.
    std::vector<download_audit> take_download_audits();
    /// Events that `offer` held and that were dropped since the last call.
    std::vector<late_duplicate> take_late_duplicates();
    /// The intake's own time: the largest receive time read so far, and the wall clock only while
    /// the partition has been read to its end.
    timestamp intake_time(timestamp now) const;

    /// The offset that must not be committed past: of the oldest record held.
    std::optional<std::int64_t> oldest_held() const;
    /// When `release` has something to do next, in intake time.
    std::optional<timestamp> next_due() const;
    std::size_t held() const { return spots_.size() + gathering_.size(); }
    /// The events that wait, by source.
    source_amounts held_by_source() const;
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
        timestamp since{};  // by the wall clock
    };
    using meeting_name = std::pair<std::string, std::string>;  // source, id
    using line = std::map<place, waiting>;
    using lines = std::map<meeting_name, line>;
    struct spot {
        lines::iterator line;
        place at;
    };
    // Events of an unsettled meeting that came by both ways, with the way of the first copy.
    using confirmed_events = boost::unordered_flat_map<event_id, way, event_id_hash>;

    // What is held of one participant whose joins and leaves are counted: unpublished, so without
    // numbers.
    using held_changes = std::unordered_multimap<std::string, presence_change>;
    // The other ids of those that are held, and the ids they are held under.
    using held_aliases = std::unordered_multimap<std::string, std::string>;

    // What one way tells of a meeting, as far as it is published or about to be.
    struct told_by {
        std::vector<event_id> ids;
        std::vector<told_event> told;
    };

    decision admit(event e, const event_id& id, std::int64_t offset, std::vector<publication>& out);
    decision take_turn(
        event e, const event_id& id, std::int64_t offset, std::vector<publication>& out
    );
    decision offer_row(
        event e,
        const event_id& id,
        std::int64_t offset,
        std::string_view download,
        std::vector<publication>& out
    );
    const match_settings* matched(const std::string& source) const;
    std::optional<way> way_of_known(const event& e, const event_id& id) const;
    told_by what_is_told(const meeting_name& meeting, way by) const;
    using identities = boost::unordered_flat_map<event_id, event_id, event_id_hash>;
    told_by rows_of(const meeting_name& meeting, const open_download& done, const told_by& webhooks)
        const;
    identities match_waiting(
        const meeting_name& meeting,
        const open_download& done,
        told_by& webhooks,
        told_by& rows,
        matched_before& before
    );
    download_audit audit(
        const meeting_name& meeting,
        const std::string& name,
        const open_download& done,
        const told_by& webhooks,
        const told_by& rows,
        const matched_before& before
    ) const;
    void decide_download(
        const meeting_name& meeting,
        const std::string& name,
        open_download done,
        bool whole,
        std::vector<publication>& out
    );
    void decide_late(const meeting_name& meeting, std::vector<publication>& out);
    void decide_stand_ins(const meeting_name& meeting, std::vector<publication>& out);
    void decide_gathered(const meeting_name& meeting, std::vector<publication>& out);
    void let_go(
        const meeting_name& meeting, std::list<gathered_event> waited, std::vector<publication>& out
    );
    void drop_as_told(const gathered_event& one, const event_id& as, way first);
    void note_speaker(const event& e);
    bool has_spoken(const event& e) const;
    bool waits_for_better(event& e, const event_id& id, std::int64_t offset);
    bool waits_for_likes(
        event& e, const event_id& id, std::int64_t offset, std::vector<publication>& out
    );
    bool has_free_like(const event& e) const;
    void note_taken(const event& e, const event_id& id, way first, std::int64_t offset);
    known_matches& matches_of(const meeting_name& meeting);
    void forget_gathered();
    void forget_matches();
    void number(event& e);
    std::uint32_t content_of(const event& e, const event_id& id) const;
    void note_content(const event& e, const event_id& id);
    recalled_meeting* recalled(const event& e);
    decision offer_counted(event e, std::int64_t offset, std::vector<publication>& out);
    occurrence count(const event& e) const;
    std::vector<presence_change> known_changes(const event& e) const;
    void note_distance(const event& e);
    bool told_again(const event& e) const;
    void note_change(const event& e);
    void use_known_name(event& e) const;
    std::optional<std::string> known_as(const event& e, const std::string& id) const;
    void add_held_change(const event& e);
    void remove_held_change(const event& e);
    std::optional<way> first_way(const event& e, const event_id& id) const;
    const recalled_meeting* recalled(const event& e) const;
    void confirm(const event& e, const event_id& id, way first);
    void rename_confirmed(const event& e, const event_id& claim, const event_id& id);
    void forget_confirmed();
    merge_audit audit(const ledger::unsettled& which, const ledger::tally& sum, bool swept) const;
    bool provably_new(const event& e) const;
    bool must_wait(const event& e) const;
    void offer_again(const event_id& id, event e);
    void hold(event e, const event_id& id, std::int64_t offset);
    void publish_held(lines::iterator in, line::iterator which, std::vector<publication>& out);
    void publish_counted(event e, std::int64_t offset, std::vector<publication>& out);
    void publish(
        event e,
        const event_id& id,
        std::uint16_t occurrence,
        std::optional<std::int64_t> offset,
        std::vector<publication>& out
    );
    void publish_followers(std::vector<publication>& out);
    void publish_followers(
        const meeting_name& meeting, const std::string& participant, std::vector<publication>& out
    );
    void publish_line(
        lines::iterator in, line::iterator first, line::iterator last, std::vector<publication>& out
    );
    void publish_due(std::vector<publication>& out);
    void settle_first(std::vector<publication>& out);
    void settle_unswept(std::vector<publication>& out);
    bool was_settled(const std::string& source, const std::string& meeting) const;
    void settle_whole(const ledger::unsettled& which, bool swept, std::vector<publication>& out);
    void settle(
        const ledger::unsettled& which,
        const ledger::ending& end,
        bool swept,
        std::vector<publication>& out
    );
    std::optional<timestamp> next_settling() const;

    roll_settings how_;
    std::unique_ptr<ledger> ledger_;
    timestamp now_{};           // of the running transaction
    timestamp published_at_{};  // never goes back
    timestamp largest_received_{};
    bool at_end_ = false;

    lines lines_;
    // Of what is held. Where occurrences are counted, told apart by their time until then.
    boost::unordered_flat_map<event_id, spot, event_id_hash> spots_;
    std::multimap<timestamp, event_id> due_;
    std::multiset<std::int64_t> offsets_;
    source_amounts in_line_;  // events, by source
    // Of whom something has just become known that others may have waited for.
    std::vector<std::pair<meeting_name, std::string>> followed_;
    held_changes held_changes_;
    held_aliases held_aliases_;
    list_distances distances_;
    std::vector<late_duplicate> late_duplicates_;

    std::map<meeting_name, recalled_meeting> recalled_;
    std::map<meeting_name, confirmed_events> confirmed_;
    timestamp confirmed_looked_at_{};
    gathering gathering_;
    std::map<meeting_name, known_matches> matches_;
    // As they were before the running transaction.
    std::map<meeting_name, known_matches> matches_before_;
    std::size_t undecided_ = 0;  // of the last download that was matched
    std::map<meeting_name, std::set<std::string, std::less<>>> speakers_;
    std::vector<download_audit> download_audits_;  // of the running transaction
    std::vector<download_audit> download_audits_committed_;
    std::vector<merge_audit> audits_;
    std::vector<meeting_name> settled_;  // in the running transaction
    std::vector<merge_audit> audits_committed_;
};

}  // namespace rollcall
