#pragma once

#include "core/event.hpp"
#include "relay/occurrence.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall {

/// One published message as the ledger remembers it: nothing that could not be read back from the
/// message itself.
struct ledger_entry {
    event_id id;
    std::string_view source;
    std::string_view meeting;
    rollcall::kind kind{};
    std::string_view participant;  ///< empty on `meeting.*`
    timestamp occurred_at{};
    way via = way::webhook;
    std::uint64_t sequence = 0;
    timestamp published_at{};  ///< the Kafka timestamp; per topic never less than the one before

    timestamp received_at{};    ///< needed of `meeting.ended` only
    std::string_view provider;  ///< needed of `meeting.ended` only
    std::string_view
        meeting_facts;  ///< needed of `meeting.ended` only: the message's `meeting`, as JSON
    std::string_view
        facts;  ///< needed of `participant.joined` only: the message's `participant`, as JSON
    std::uint16_t occurrence = 1;  ///< which of the participant's joins or leaves
    std::string_view alias;        ///< `event::alias`
    std::uint32_t content = 0;     ///< `event::content`
    std::uint64_t alike = 0;       ///< `alike_of` the event; 0: nothing is alike
    bool stands_in = false;        ///< `event::stands_in`
};

/// A published event that may be told again with another time, as far as that is needed to tell.
struct like_event {
    event_id id;
    std::uint64_t alike = 0;
    timestamp occurred_at{};
    timestamp published_at{};
    way via = way::webhook;
    rollcall::kind kind{};
};

/// Names of sources.
using source_set = std::set<std::string, std::less<>>;

/// What has been published of one partition within the deduplication window, and nothing else.
///
/// It is a function of the messages in the window alone: reading back the last window of the two
/// output topics, in any interleaving of the two, gives the same ledger (design section 2, "one
/// rule"). No I/O, no clock; one thread at a time.
///
/// What is recorded counts at once and becomes final with `commit`; `rollback` undoes it (design
/// section 3).
class ledger {
public:
    /// Whether this identity was published, and which way its first copy had come.
    std::optional<way> first_way(const event_id& id) const;

    /// The `event::content` of a published one; 0: nothing is known of it.
    std::uint32_t content_of(const event_id& id) const;
    /// Notes what a webhook has said of one that a download had told first; a restore does not know
    /// it. Does nothing where something is known.
    void note_content(const event_id& id, std::uint32_t content);

    /// Who is in, by each participant's greatest `occurred_at`; at equal times a leave counts after
    /// a join.
    struct present {
        std::string participant;
        std::string facts;  ///< the `participant` of the join, as JSON
        timestamp since{};
    };
    /// The end of a meeting that has not settled.
    struct ending {
        timestamp occurred_at{};
        timestamp received_at{};
        std::string provider;
        std::string meeting_facts;
        bool operator==(const ending&) const = default;
    };
    /// What `meeting.settled` reports.
    struct tally {
        std::uint64_t participants = 0;
        std::uint64_t events = 0;     ///< in both topics, without derived ones
        std::uint64_t recovered = 0;  ///< those of them that came by poll or download
        std::uint64_t derived = 0;
    };

    /// What is known of one meeting. All of it is empty for a meeting the ledger does not know.
    bool knows_meeting(std::string_view source, std::string_view meeting) const;
    std::uint64_t last_sequence(std::string_view source, std::string_view meeting, channel in)
        const;
    /// True when everything ever published of the meeting in this topic is still remembered: an
    /// identity that is not known was then never published there.
    bool remembers_all(std::string_view source, std::string_view meeting, channel in) const;
    bool is_settled(std::string_view source, std::string_view meeting) const;
    /// The greatest `occurred_at` published in either topic; of a settled meeting only what came
    /// after.
    std::optional<timestamp> latest(std::string_view source, std::string_view meeting) const;
    /// Whether the participant's last join or leave at or before `at` is a join.
    bool is_in(
        std::string_view source,
        std::string_view meeting,
        std::string_view participant,
        timestamp at
    ) const;
    std::vector<present> who_is_in(std::string_view source, std::string_view meeting) const;
    /// The participant's published joins and leaves, without derived ones; not for a settled
    /// meeting, of which the details are gone.
    std::vector<presence_change> comings_and_goings(
        std::string_view source, std::string_view meeting, std::string_view participant
    ) const;
    /// The id under which somebody known by `id` was published: that one, or the one that `id` was
    /// published as the alias of. Not for a settled meeting.
    std::optional<std::string> known_as(
        std::string_view source, std::string_view meeting, std::string_view id
    ) const;
    tally count(std::string_view source, std::string_view meeting) const;
    /// What was published of the meeting and may be told again with another time, in any order. Of
    /// a settled meeting only where its source's two ways are matched; good until the next change.
    std::span<const like_event> likes(std::string_view source, std::string_view meeting) const;
    /// Whether some of them came by a download.
    bool has_downloaded(std::string_view source, std::string_view meeting) const;
    /// Who has spoken, by events that do not stand in for others; not for a settled meeting.
    std::set<std::string, std::less<>> speakers(std::string_view source, std::string_view meeting)
        const;

    /// A meeting that has ended and not settled.
    struct unsettled {
        std::string source;
        std::string meeting;
    };
    /// Of the meetings that have ended and not settled, and that settle by time, the one whose end
    /// was received first.
    std::optional<unsettled> first_ending() const;
    /// When that end was received.
    std::optional<timestamp> first_ending_received() const;
    std::optional<ending> end_of(std::string_view source, std::string_view meeting) const;
    /// The meetings of polled sources that have ended and not settled, that whose end was published
    /// first in front.
    std::vector<unsettled> awaiting_sweep() const;
    /// The first of them.
    std::optional<unsettled> first_unswept() const;
    /// When its end was published.
    std::optional<timestamp> first_unswept_published() const;

    /// Remembers a published message; does nothing where its identity is known already.
    void record(const ledger_entry& entry);
    /// Makes what was recorded since the last `commit` final, and drops the details of settled
    /// meetings.
    void commit();
    /// Forgets what was recorded since the last `commit`.
    void rollback();
    /// Forgets messages published before `cutoff`. Only between transactions.
    void forget(timestamp cutoff);

    /// The greatest publishing time it remembers; the epoch where there is nothing.
    timestamp latest_publication() const;

    std::size_t identities() const { return identities_.size(); }
    std::size_t meetings() const { return handles_.size(); }
    /// The memory of its identities and meetings, without the details of those that have not
    /// settled. An estimate; at once.
    std::size_t bytes() const;
    /// Everything it knows, as text in a canonical order: two ledgers are equal when these are.
    std::string describe() const;

private:
    using handle = std::uint32_t;
    static constexpr std::uint32_t way_bits = 2;  // of `slot::meeting_and_way`, the lowest
    static constexpr std::size_t index(channel c) { return static_cast<std::size_t>(c); }

    // 24 bytes an identity, in the order of publishing.
    struct slot {
        std::array<std::uint32_t, 4> id{};
        std::uint32_t content = 0;
        std::uint32_t meeting_and_way = 0;  // the handle in the upper 30 bits
    };
    // Slots that share a publishing time.
    struct batch {
        timestamp published_at{};
        std::uint32_t slots = 0;
    };
    // The published identities of one topic, oldest first. Positions grow for ever, modulo 2^31.
    struct log {
        std::deque<slot> slots;
        std::deque<batch> batches;
        std::uint32_t first = 0;
        std::size_t uncommitted = 0;
    };

    // One event of a meeting that has not settled, or that came after the settling.
    struct detail {
        timestamp occurred_at{};
        timestamp published_at{};
        std::uint32_t participant = no_participant;
        std::uint32_t alias = no_participant;  // its number among the participants
        rollcall::kind kind{};
        way via{};
        std::uint16_t occurrence = 1;
        bool stands_in = false;
        std::string facts;
    };
    static constexpr std::uint32_t no_participant = ~0U;
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept
        {
            return std::hash<std::string_view>{}(text);
        }
    };
    struct open_part {
        std::array<std::vector<detail>, channels> details;
        std::vector<std::string> participants;
        boost::unordered_flat_map<std::string, std::uint32_t, text_hash, std::equal_to<>>
            participant_numbers;
        std::optional<timestamp> latest;
        std::optional<ending> end;
        timestamp end_published_at{};

        std::uint32_t number_of(std::string_view participant);  // a new one, where it has none
    };
    struct meeting {
        std::string key;  // source, a zero byte, the meeting's id
        std::array<std::uint32_t, channels> alive{};
        std::array<std::uint64_t, channels> last_sequence{};
        timestamp settled_at{};  // the publishing time of `meeting.settled`; the epoch where there
                                 // is none
        std::unique_ptr<open_part> open;
        std::vector<like_event> likes;
        std::size_t downloaded = 0;          // of them, by a download
        std::optional<timestamp> listed_at;  // in endings_ or unswept_, under this time
        bool touched = false;                // in the running transaction
    };
    // A meeting as it stood before the running transaction.
    struct undo {
        handle which = 0;
        std::array<std::uint64_t, channels> last_sequence{};
        timestamp settled_at{};
        std::array<std::size_t, channels> details{};
        std::size_t likes = 0;
        std::size_t downloaded = 0;
        std::optional<timestamp> latest;
        std::optional<ending> end;
        timestamp end_published_at{};
    };

    // identities_ holds positions; hashing and comparing look through them into the logs.
    struct position_hash {
        using is_avalanching = void;
        using is_transparent = void;
        const ledger* of;
        std::size_t operator()(std::uint32_t position) const noexcept;
        std::size_t operator()(const event_id& id) const noexcept;
    };
    struct position_equal {
        using is_transparent = void;
        const ledger* of;
        bool operator()(std::uint32_t a, std::uint32_t b) const noexcept { return a == b; }
        bool operator()(const event_id& id, std::uint32_t position) const noexcept;
        bool operator()(std::uint32_t position, const event_id& id) const noexcept
        {
            return (*this)(id, position);
        }
    };

    const slot& at(std::uint32_t position) const noexcept;
    slot& at(std::uint32_t position) noexcept;
    const meeting* find(std::string_view source, std::string_view id) const;
    handle find_or_add(std::string_view source, std::string_view id);
    void remove(handle which);
    void touch(handle which, meeting& m);
    void add_detail(meeting& m, handle which, const ledger_entry& entry);
    static unsettled name_of(const meeting& m);
    bool settles_by_sweep(const meeting& m) const;
    std::set<std::pair<timestamp, handle>>& list_of(const meeting& m)
    {
        return settles_by_sweep(m) ? unswept_ : endings_;
    }
    void list_ending(handle which, meeting& m);
    void unlist_ending(handle which, meeting& m);
    bool keeps_likes(const meeting& m) const;
    void drop_details_before(handle which, meeting& m, timestamp cutoff);
    static void drop_likes_before(meeting& m, timestamp cutoff);
    static std::string describe_likes(const meeting& m);
    static void find_latest(open_part& open);

public:
    /// Meetings of `polled_sources` settle when their last sweep is done, not by time. Of those of
    /// `matched_sources` what may be told again is remembered after the settling, too.
    explicit ledger(source_set polled_sources = {}, source_set matched_sources = {});
    ledger(const ledger&) = delete;
    ledger& operator=(const ledger&) = delete;

private:
    source_set polled_;
    source_set matched_;
    std::array<log, channels> logs_;
    boost::unordered_flat_set<std::uint32_t, position_hash, position_equal> identities_;
    std::deque<meeting> meetings_;
    std::vector<handle> free_;
    boost::unordered_flat_map<std::string_view, handle> handles_;  // views into meetings_
    // What has ended and not settled: by the time its end was received, and, where it waits for a
    // sweep, by the time its end was published.
    std::set<std::pair<timestamp, handle>> endings_;
    std::set<std::pair<timestamp, handle>> unswept_;
    std::vector<undo> undo_;
};

}  // namespace rollcall
