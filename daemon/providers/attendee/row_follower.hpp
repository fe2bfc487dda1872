#pragma once

#include "providers/attendee/api.hpp"
#include "providers/attendee/cursor.hpp"
#include "providers/attendee/row.hpp"
#include "providers/list_walk.hpp"
#include "providers/page.hpp"
#include "providers/polling.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::attendee {

/// A list of a bot's rows: its participant events, or its chat messages.
struct row_list {
    std::string path;
    std::string_view after;  ///< the parameter that filters by insertion time, strictly greater
    std::string_view item;
    row_identity identity = row_identity::id;
};

/// Reads a list that grows at its end, again and again, without a gap: Attendee's own pages say
/// nothing about when a row was inserted, so a round begins `overlap` behind the latest time that
/// is certain, and what it sees again it knows by its id.
///
/// - The certain time is the latest `timestamp_ms` of any row, or the answer's `Date` where that is
///   earlier: never this machine's clock. It moves once every page of a walk has been read and its
///   rows are stored, and goes back when the provider's clock does.
/// - Rows that were inserted at the very same time can be lost where they straddle the edge of a
///   page, and are lost again by the same walk. Where the cursor says so, the walk leaves it and
///   goes on with a filter that begins just before them; where it does not say, but a row comes
///   twice, a second walk begins just before that row.
///
/// A walk is always under way: `target` is its next page. One thread at a time.
class row_follower {
public:
    /// Of one walk. At 25 rows each a meeting of a day with an event a second has 3,456.
    static constexpr std::size_t most_pages = 4'000;
    /// Beyond these the remembered rows are forgotten: they are stored again, and the ledger drops
    /// them. More than two walks of the longest kind can bring.
    static constexpr std::size_t most_remembered = 2 * most_pages * 25;

    struct page_result {
        poll_outcome outcome;
        refusal why = refusal::none;
        bool last = false;      ///< with this page the walk is complete
        bool for_good = false;  ///< it has failed, and will however often it is tried
    };

    row_follower(row_list list, milliseconds overlap);

    /// What a predecessor knew. Rows are not remembered: those of the overlap come again.
    void restore(std::optional<timestamp> read_until, std::optional<timestamp> swept);
    /// As if nothing had ever been read.
    void forget();

    /// Begins another walk, in place of the one under way: a round from the overlap on, or over the
    /// whole list.
    void begin(bool whole);
    std::string target() const;
    /// Draws the conclusions from an answer to `target`; they count from `keep` on. What it has to
    /// conclude from a failure counts at once, and moves no cursor forward.
    page_result read(const poll_response& response);
    /// The rows of the last `good` result are stored.
    void keep(timestamp now);
    /// Ends the walk under way though it is not complete. What was read of it counts: what follows
    /// was inserted later.
    void abandon(timestamp now);
    /// How many pages of the walk lie behind.
    std::size_t pages() const { return walk_.pages(); }

    /// Everything that the provider dated up to here has been read.
    std::optional<timestamp> read_until() const { return read_until_; }
    /// When the whole list was last read to its end, by the clock of whoever called `keep`.
    std::optional<timestamp> swept() const { return swept_; }

private:
    /// What the last page told and its rows being stored will make true.
    struct conclusions {
        std::vector<row_key> keys;
        std::optional<timestamp> latest;
        std::optional<timestamp> date;
        std::optional<timestamp> twice;  ///< the earliest time of a row that came again
        std::optional<std::string> next;
        bool jump = false;
    };

    result<std::vector<polled_row>, fault> read_rows(
        const page& from, std::optional<timestamp> date
    );
    void note(const row_facts& row, std::optional<timestamp> date, bool again);
    std::optional<std::string> jump_target(std::string_view cursor) const;
    void conclude(refusal why);
    void restart();
    void finish(std::optional<timestamp> date, timestamp now);
    bool needs_second_walk(const std::optional<timestamp>& twice) const;

    row_list list_;
    milliseconds overlap_;
    std::optional<timestamp> read_until_;
    std::optional<timestamp> swept_;
    // The rows that are stored, with the walk that met each last.
    boost::unordered_flat_map<row_key, std::uint32_t, row_key_hash> remembered_;

    // The walk under way.
    list_walk walk_{most_pages, cursor_parameter};
    std::uint32_t walk_number_ = 0;
    std::string begin_;      // where it began: the value of `after`, empty for the whole list
    std::string after_;      // where it goes on from: later than `begin_` after a jump
    bool sweep_ = false;     // reading the whole list is what it is for: a list without rows is
                             // read whole every time
    bool second_ = false;    // it is the second walk over rows that came twice
    bool may_jump_ = true;   // false once the server has refused what a jump asked for
    unsigned failures_ = 0;  // one after the other, of the page asked for
    std::optional<timestamp> latest_, twice_;

    conclusions pending_;
};

}  // namespace rollcall::attendee
