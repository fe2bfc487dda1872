#pragma once

#include "core/event.hpp"
#include "relay/download_match.hpp"
#include "relay/tally.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rollcall {

struct event_id_hash {
    using is_avalanching = void;
    std::size_t operator()(const event_id& id) const noexcept;
};

using event_id_set = boost::unordered_flat_set<event_id, event_id_hash>;

/// An event that waits for a whole to be complete, before it is decided what it is.
struct gathered_event {
    event what;
    event_id id;
    std::int64_t offset = 0;  ///< of its intake record
};

/// A download of which rows have come, and not yet the word that these are all.
struct open_download {
    std::int64_t first_offset = 0;  ///< of its first row
    bool whole = true;              ///< false: it has more rows than may be remembered
    struct row {
        event_id id;
        told_event told;
    };
    std::vector<row> rows;              ///< what may be told again, each once
    event_id_set ids;                   ///< theirs
    std::list<gathered_event> waiting;  ///< those of them of which no webhook has told that time
};

/// Webhooks of a meeting that came after its download.
struct late_webhooks {
    std::int64_t first_offset = 0;
    timestamp due{};  ///< when they are decided, in intake time
    std::list<gathered_event> waiting;
};

/// What is known of the two ways of a meeting by what has been matched: as long as this process
/// lives, and no longer.
struct known_matches {
    matched_before clocks;
    event_id_set taken;  ///< published rows that late webhooks have told, too
};

/// What waits for a whole, of one partition: the rows of a download for its last one, webhooks that
/// come after a download for each other, what stands in for others for the last sweep. Keeps, and
/// decides nothing; no more events at a time than its limit.
class gathering {
public:
    using meeting_name = std::pair<std::string, std::string>;  // source, id
    struct meeting {
        std::map<std::string, open_download, std::less<>> downloads;  // by name
        std::optional<late_webhooks> late;
        std::list<gathered_event> stand_ins;
        bool empty() const { return downloads.empty() && !late && stand_ins.empty(); }
    };

    explicit gathering(std::size_t limit) : limit_{limit} {}

    /// Of a meeting for which something waits; null where nothing does.
    meeting* find(const meeting_name& name);
    /// The download, begun with this row where it is new.
    open_download& open(const meeting_name& name, std::string_view download, std::int64_t offset);
    /// Remembers a row; false where the download has had it already, or there is no room.
    bool hear(open_download& in, const event_id& id, const told_event& told);
    /// Lets an event wait. False, and nothing has happened, where there is no room for it.
    bool wait(open_download& in, gathered_event&& e);
    bool wait_for_others(const meeting_name& name, gathered_event&& e, timestamp due);
    bool wait_for_better(const meeting_name& name, gathered_event&& e);
    /// A late webhook whose row is known: those that come with it are decided together.
    void open_late(const meeting_name& name, std::int64_t offset, timestamp due);

    /// An event that waits here under this identity, but for rows.
    const event* find(const event_id& id) const;

    // What is taken out waits no longer.
    std::optional<open_download> take(const meeting_name& name, std::string_view download);
    std::optional<late_webhooks> take_late(const meeting_name& name);
    std::list<gathered_event> take_stand_ins(const meeting_name& name);
    /// The rows it remembers are forgotten; what waited is given back. Its first record still holds
    /// the offset: who reads the intake again comes to the same.
    std::list<gathered_event> give_up(open_download& in);

    /// Late webhooks that are due first, and when.
    std::optional<std::pair<timestamp, meeting_name>> first_due() const;
    /// The oldest record that something here waits with.
    std::optional<std::int64_t> oldest() const;
    /// Events, and rows that are remembered.
    std::size_t size() const { return size_; }
    /// Events alone, by source.
    const source_amounts& waiting() const { return waiting_; }
    void clear();

private:
    bool has_room() const { return size_ < limit_; }
    void forget_offset(std::int64_t offset);
    void forget_if_empty(const meeting_name& name);
    void unlist(const std::list<gathered_event>& events, bool has_offsets);
    void list(const event& e);
    void no_longer(const std::list<gathered_event>& events);

    std::size_t limit_;
    std::size_t size_ = 0;
    source_amounts waiting_;
    std::map<meeting_name, meeting> meetings_;
    std::multiset<std::int64_t> offsets_;
    std::set<std::pair<timestamp, meeting_name>> due_;
    boost::unordered_flat_map<event_id, const event*, event_id_hash> ids_;
};

}  // namespace rollcall
