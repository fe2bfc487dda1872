#pragma once

#include "core/errors.hpp"
#include "core/intake_record.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rollcall {

/// What a source's settings say about polling, as far as the plans need it.
struct poll_pace {
    milliseconds interval{3'000};                 ///< between two rounds over an active meeting
    milliseconds discovery_interval{20'000};      ///< between two walks over the list of meetings
    milliseconds overlap{120'000};                ///< how far behind the cursor a round begins
    milliseconds late_sweep{180'000};             ///< from the end's sweep to the second one
    milliseconds window{std::chrono::hours{80}};  ///< the deduplication window
    /// Names the provider's account, base URL and key together, without telling either: what was
    /// learned of one account says nothing of another. Empty: not known, so never another.
    std::string account;
    /// Where the API is, as `base_url::text` writes it: what an answer links to is only followed
    /// below it.
    std::string base_url;
};

/// How a provider is asked.
enum class poll_method : std::uint8_t {
    get,
    patch,     ///< sends `poll_request::body`; asked again until there is an answer: idempotent
    download,  ///< a GET without the credential, whose answer is read part by part
};

/// One request.
struct poll_request {
    /// Path and query below the source's base URL, beginning with `/`. Of a download: a whole URL,
    /// not one byte of it changed.
    std::string target;
    poll_method how = poll_method::get;
    std::string body{};     ///< of a PATCH: a JSON object
    std::size_t limit = 0;  ///< which of `provider::rate_limits` it counts against
    bool operator==(const poll_request&) const = default;
};

/// A whole answer, whatever its status.
struct poll_response {
    unsigned status = 0;
    std::string content_type;       ///< as it came; empty where there is none
    std::optional<timestamp> date;  ///< the `Date` header: the provider's clock, by the second
    std::string body;
    /// Why there is no body although there was an answer: too large, or in an encoding that was not
    /// asked for. Empty otherwise.
    std::string unreadable{};
};

/// One row of a page, to be stored in the intake with `way::poll`.
struct polled_row {
    std::string key;   ///< the meeting; empty where the row names none
    std::string item;  ///< the provider's name for such a row, or `given_up_item`
    std::string body;  ///< byte for byte
    /// Which one it is, from 0, of the rows of one download that nothing else tells apart.
    std::uint32_t number = 0;
};

/// Reads a download while it comes: memory does not grow with its length. No I/O, no clock. One
/// thread at a time.
class download_reader {
public:
    virtual ~download_reader() = default;

    /// The next bytes; the rows they complete. A fault: it cannot be read, here or any further.
    virtual result<std::vector<polled_row>, fault> take(std::string_view bytes) = 0;
    /// Nothing more comes. A fault: the download broke off.
    virtual result<std::vector<polled_row>, fault> finish() = 0;
};

/// What an answer came to. The plan has drawn its own conclusions already; this is what the
/// scheduler does about it.
enum class poll_result : std::uint8_t {
    good,       ///< go on with `next`
    failed,     ///< the provider's fault (5xx, broken JSON): back off, then `next` again
    throttled,  ///< 429: back off for the whole credential
    denied,     ///< 401, 403: the source stops, is alerted about, and is tried again slowly
};

struct poll_outcome {
    poll_result result = poll_result::good;
    std::vector<polled_row> rows;  ///< in the order of the page; none unless `good`
    /// With these rows, and those that a `download_reader` has given, the download of this name is
    /// in the intake whole. Empty: no download.
    std::string downloaded{};
    bool swept = false;  ///< with these rows the meeting is complete: its last sweep is done
    /// For the log, without a body or a key: what was wrong; of `good` what is odd about it (it has
    /// been given up, nobody knows the meeting), mostly nothing.
    std::string why;
};

/// Polling of one tracked object (a meeting, or a source's list of meetings) as a state machine:
/// no I/O, no clock, no randomness. `next` → GET → `on_response` → the rows are stored →
/// `on_stored` → `next`. A request that failed on the way (no answer at all) is not told; `next`
/// gives it again. What fails again and again while the provider does answer other requests is
/// given up: a row `given_up_item` says so, and once that is stored the plan goes on without. One
/// thread at a time.
class poll_plan {
public:
    struct wait {
        timestamp until;
        bool operator==(const wait&) const = default;
    };
    /// Nothing is left to be polled; the state can be forgotten.
    struct done {
        bool operator==(const done&) const = default;
    };
    using step = std::variant<poll_request, wait, done>;

    virtual ~poll_plan() = default;

    /// What to do at `now`. Asking twice changes nothing.
    virtual step next(timestamp now) const = 0;
    /// For the body of the download that `next` asked for, if its status is 200; each attempt gets
    /// a new one, with which everything is read from the start. Its rows are stored with
    /// `way::download` and `download` as they come, before `on_response` is told, with the status
    /// and no body: `poll_response::unreadable` says why if it was not read to the end. Unlike of
    /// other requests a plan is told of a download's every failure that is not ours, so that it can
    /// ask for a fresh URL, and give up what will never be read: the status is 0 where there was no
    /// answer (time-out, no connection, a URL or a host that is refused, as `unreadable` says).
    /// `poll_result::failed` then holds back this object alone.
    struct reading {
        std::string download;  ///< its name, the same for every attempt
        std::unique_ptr<download_reader> by;
    };
    virtual reading open_download() { return {}; }
    /// The answer to the request `next` gave. Cursors do not move yet.
    virtual poll_outcome on_response(const poll_response& response, timestamp now) = 0;
    /// The rows of the last outcome are durable: the cursor may move past them. Called once after
    /// every `good` outcome, also without rows.
    virtual void on_stored(timestamp now) = 0;

    /// A webhook or a listed row has told that the meeting is over; the plan looks at once.
    virtual void on_ended(timestamp now) = 0;
    /// Everything of the meeting is published, and its `meeting.settled`: `told` is a JSON object
    /// with `source`, `at`, and the counts of that message; without these where they are not known
    /// any more. May be told again.
    virtual void on_settled(std::string_view /*told*/, timestamp /*now*/) {}
    /// Read everything again from the start, then go on as before.
    virtual void sweep(timestamp now) = 0;

    /// What a successor needs to go on, as a JSON object with `phase` in it; small. Changes only in
    /// `on_stored`, `on_ended`, `on_settled` and `sweep`, and not by idle rounds, however many, nor
    /// by being handed on.
    virtual std::string state() const = 0;
    /// For people: `waiting`, `active`, `ended`, `late sweep`, ...
    virtual std::string_view phase() const = 0;
    /// The time up to which everything has been read, by the provider's clock; absent before the
    /// first full round.
    virtual std::optional<timestamp> cursor() const = 0;
};

}  // namespace rollcall
