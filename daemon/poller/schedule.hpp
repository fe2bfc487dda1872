#pragma once

#include "core/time.hpp"
#include "poller/backoff.hpp"
#include "poller/gate.hpp"
#include "poller/rate_notice.hpp"
#include "poller/token_bucket.hpp"
#include "providers/provider.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace rollcall {

/// How the schedule waits.
struct schedule_pace {
    /// Added to each wait, at random up to this share of it: what began together drifts apart.
    double jitter = 0.1;
    milliseconds denied_probe{60'000};  ///< between two looks whether a denied source is let in
    std::uint32_t source_failures = 5;  ///< so many in a row, and the source is probed by one
    backoff object{milliseconds{1'000}, milliseconds{60'000}};  ///< one object's requests failed
    backoff source{milliseconds{1'000}, milliseconds{30'000}};  ///< all of a source's did
    backoff storage{milliseconds{250}, milliseconds{10'000}};   ///< the rows could not be stored
    /// A 429 that does not say how long.
    backoff throttled{milliseconds{2'000}, milliseconds{120'000}, milliseconds{1'000}};
};

/// What a request came to, as far as the schedule goes by it.
enum class verdict : std::uint8_t {
    good,        ///< answered; without rows
    stored,      ///< answered, and its rows are stored
    failed,      ///< not answered, or not usable: the object and perhaps its source back off
    throttled,   ///< the whole credential waits
    denied,      ///< the whole source waits, and is probed by one
    refused,     ///< answered; a row can never be stored as it is: only this object backs off
    not_stored,  ///< answered, but nothing can be stored now: everybody waits
    lost,        ///< nothing was learned
};

/// Decides which of many thousand polled objects may be asked next. Objects belong to sources, with
/// a limit of requests in flight each; sources to credentials, with a budget for each of the
/// provider's limits. Within a source the one that has been due longest comes first, and its list
/// of meetings takes turns with the meetings; sources of one credential take turns. What waits for
/// a budget that is used up holds up nobody who needs another. What happens to one source (slow,
/// failing, denied) does not reach another.
///
/// Downloads go past the credential: they have no budget, only a limit in flight, and what becomes
/// of them tells nothing about the source.
///
/// No I/O, no clock, no randomness of its own: times are arguments that never go back, `chance` is
/// uniform in [0, 1). One thread.
class schedule {
public:
    using entry = std::uint32_t;  ///< one polled object; reused after `remove`
    enum class lane : std::uint8_t { meeting, list };

    schedule(schedule_pace pace, std::function<double()> chance);

    /// With its limits, at least one, in requests a minute; `margin` is waited beyond what a
    /// throttled request was asked to wait. Returns the credential's number.
    std::uint32_t add_credential(std::span<const std::uint32_t> limits, wait_range margin = {});
    std::uint32_t add_credential(std::uint32_t requests_a_minute)
    {
        return add_credential({&requests_a_minute, 1});
    }
    /// Returns the source's number, from 0 in the order of the calls.
    std::uint32_t add_source(
        std::uint32_t credential, std::uint32_t concurrency, std::uint32_t downloads_at_once = 1
    );

    /// A new object, due at some moment within `spread` from now, so that thousands which come at
    /// once do not keep step.
    entry add(std::uint32_t source, lane kind, timestamp now, milliseconds spread);
    /// It is not asked again. One that is being asked is to be `finished` all the same.
    void remove(entry which);
    /// Due now, unless it is being asked or backs off.
    void expedite(entry which, timestamp now);

    /// What a request counts against: one of its credential's limits, from 0, or none.
    using limit = std::uint32_t;
    static constexpr limit download = ~limit{0};

    /// The object to be asked now, if there is one: its source is open, with a request to spare,
    /// and its credential's budget allows one, as far as it is known which. Follow it with `begin`,
    /// `wait` or `remove`.
    std::optional<entry> candidate(timestamp now);
    /// When there can be a candidate again; nothing where only `finished` or `add` can bring one.
    std::optional<timestamp> wake() const;

    /// The candidate is being asked. False: it is not, for this limit allows none; it will be a
    /// candidate again when it does.
    bool begin(entry which, timestamp now, limit against = 0);
    /// What the next request of an object that waits will count against.
    void expect(entry which, limit against);
    /// The candidate, or one that is due, has nothing to ask before `until`.
    void wait(entry which, timestamp until, timestamp now);
    /// A request is over; the object is due again as the verdict has it, `good` and `stored` at
    /// once. `retry_after`: what the answer asked for; obeyed for the whole credential.
    void finished(
        entry which,
        verdict came_to,
        timestamp now,
        std::optional<milliseconds> retry_after = std::nullopt
    );

    /// An answer has told what is left of the source's budget, or how large it is. Where nothing is
    /// left for what is in flight, the whole credential waits; a smaller budget counts from then
    /// on.
    void told_limit(std::uint32_t source, const rate_notice& told, timestamp now);

    struct source_view {
        bool denied = false;          ///< waits until the credential is accepted again
        bool failing = false;         ///< has only failed of late, and is probed
        bool throttled = false;       ///< its credential waits
        std::uint32_t in_flight = 0;  ///< with downloads
        milliseconds due_lag{0};      ///< how long the object that has waited longest has been due
        /// Requests that its credential may send at once now, by limit.
        std::vector<std::uint32_t> budget_left{};
    };
    source_view view(std::uint32_t source, timestamp now) const;
    bool denied(std::uint32_t source) const { return sources_[source].denied; }
    /// Nothing can be stored.
    bool storage_closed() const { return !storage_.open; }

private:
    static constexpr std::size_t lanes = 2;
    using queue = std::set<std::pair<timestamp, entry>>;
    // Where an object waits: a limit's number, or one of the two behind them.
    using slot = std::size_t;

    struct credential_entry {
        std::vector<token_bucket> budgets{};
        wait_range margin{};
        timestamp paused_from{};
        timestamp paused_until{};
        std::uint32_t throttled_in_a_row = 0;
        std::vector<std::uint32_t> sources{};
        std::size_t turn = 0;  // index into `sources`

        slot for_downloads() const { return budgets.size(); }
        slot not_known() const { return budgets.size() + 1; }
        // Of an object of which nothing is known: with one limit, that.
        slot at_first() const { return budgets.size() == 1 ? 0 : not_known(); }
    };
    struct source_entry {
        std::uint32_t credential = 0;
        std::uint32_t concurrency = 1;
        std::uint32_t downloads_at_once = 1;
        std::uint32_t in_flight = 0;  // without downloads
        std::uint32_t downloads = 0;  // in flight
        std::uint32_t failures_in_a_row = 0;
        bool denied = false;
        gate door{};
        std::vector<std::array<queue, lanes>> waiting{};  // by slot
        std::size_t turn = 0;                             // index into the lanes
    };
    enum class phase : std::uint8_t { unused, waiting, asked, removed };
    struct object {
        timestamp time{};  // waiting: due; asked: since when
        slot at = 0;       // what it waits for, or is counted against
        std::uint32_t source = 0;
        phase is = phase::unused;
        lane kind = lane::meeting;
        bool probes_door = false;
        std::uint8_t failures = 0;  // in a row
    };
    // Nothing can be stored: the object that noticed is asked again until its rows are.
    struct storage {
        bool open = true;
        bool probing = false;
        timestamp closed_until{};
        std::uint32_t failures_in_a_row = 0;
        entry probe = 0;
    };

    std::optional<entry> first_due(const source_entry& of, timestamp now) const;
    std::optional<entry> storage_probe(timestamp now);
    std::optional<timestamp> ready_at(const source_entry& of, slot at) const;
    timestamp allowed_at(const credential_entry& by, slot at) const;
    std::optional<timestamp> wake(const source_entry& of) const;
    queue& queue_of(const object& what);
    void enqueue(entry which, timestamp due);
    void dequeue(entry which);
    void move(entry which, slot to);
    slot slot_of(const credential_entry& whose, limit against) const;
    credential_entry& credential_of(const object& what)
    {
        return credentials_[sources_[what.source].credential];
    }
    bool downloads(const object& what) { return what.at == credential_of(what).for_downloads(); }
    timestamp downloaded(
        entry which, verdict came_to, timestamp now, std::optional<milliseconds> retry_after
    );
    timestamp answered_as(
        entry which, verdict came_to, timestamp now, std::optional<milliseconds> retry_after
    );
    void release(entry which);
    void failed(object& what, timestamp now);
    void throttled(object& what, timestamp now, std::optional<milliseconds> retry_after);
    void denied(object& what, timestamp now);
    void answered(object& what);
    void not_stored(entry which, timestamp now);
    void pause(credential_entry& whose, timestamp now, milliseconds length);
    milliseconds delay(const backoff& by, std::uint32_t failures)
    {
        return by.delay(failures, chance_());
    }

    schedule_pace pace_;
    std::function<double()> chance_;
    std::vector<credential_entry> credentials_;
    std::vector<source_entry> sources_;
    std::vector<object> objects_;
    std::vector<entry> unused_;
    storage storage_;
};

}  // namespace rollcall
