#pragma once

#include "core/tracking.hpp"
#include "relay/message.hpp"
#include "relay/message_reading.hpp"
#include "relay/roll.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace rollcall::test {

inline constexpr timestamp day_one{
    std::chrono::milliseconds{1'786'698'000'000}};  // 2026-08-14T09:00:00Z

/// An event as a provider's normaliser would give it.
event make_event(
    kind what,
    std::string meeting,
    std::string participant,
    timestamp occurred_at,
    std::string identity,
    way via = way::webhook
);

/// An intake record of the partition: its event, when it was received and where it stands.
struct record {
    event what;
    std::int64_t offset = 0;
    std::string download{};  ///< the name of the download it is a row of
    /// `downloaded` or `swept`: what the poller says of the event's meeting.
    tracking_sign notice = tracking_sign::none;
};

/// What would be in the output topics: publications of committed transactions, in order.
using published = std::vector<publication>;

/// Feeds records to a roll as the relay does: batches, transactions, aborts with a rewind to the
/// committed offset. After each of them, of every event that was offered it has to be known what
/// became of it.
class player {
public:
    explicit player(roll_settings how)
        : how_{how}, roll_{how, std::make_unique<ledger>(how.polled, matched_in(how))}
    {
    }

    /// Reads `records[from, to)` in one transaction at `now`.
    void commit_batch(
        const std::vector<record>& records, std::size_t from, std::size_t to, timestamp now
    );
    /// The same, but the transaction is aborted.
    void abort_batch(
        const std::vector<record>& records, std::size_t from, std::size_t to, timestamp now
    );
    /// The partition has been read to its end, and time passes.
    void pass_time(timestamp now);
    /// The process dies and another restores the ledger from what was published within the window.
    void restart(timestamp now);

    /// Index of the first record that would be read after a restart.
    std::size_t committed() const { return committed_; }
    const published& out() const { return out_; }
    const roll& rolls() const { return roll_; }
    std::vector<download_audit> take_download_audits() { return roll_.take_download_audits(); }
    std::vector<decision> decisions;

private:
    std::vector<publication> batch(
        const std::vector<record>& records, std::size_t from, std::size_t to, timestamp now
    );

    void expect_balance(std::uint64_t offered, const std::vector<publication>& out);
    std::uint64_t held() const;

    roll_settings how_;
    roll roll_;
    std::uint64_t held_before_ = 0;
    published out_;
    std::size_t committed_ = 0;
    std::size_t position_ = 0;
};

/// A ledger read back from encoded messages that were published at `cutoff` or later, the two
/// topics apart from each other, in an interleaving that `dice` chooses.
std::unique_ptr<ledger> read_ledger_back(
    const published& out,
    timestamp cutoff,
    std::mt19937& dice,
    std::unique_ptr<ledger> known = std::make_unique<ledger>()
);

/// What consumers can tell messages apart by, one line each: everything but arrival facts. Per
/// meeting and topic, in the order of publishing.
std::vector<std::string> essence(const published& out);

}  // namespace rollcall::test
