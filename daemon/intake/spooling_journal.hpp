#pragma once

#include "core/journal.hpp"
#include "core/log.hpp"
#include "intake/spool.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace rollcall {

/// The journal in Kafka while Kafka takes records, and the spool while it does not.
///
/// One record that Kafka has not taken in time shows that it is away: that one and the next go to
/// the spool, without asking Kafka first, until a spooled one has gone through. Then new records go
/// to Kafka again, beside those of the spool, which follow in the order in which they came, a
/// bounded number at a time. A record that was given to Kafka and to the spool may be in the intake
/// twice; the ledger drops the second.
class spooling_journal final : public journal {
public:
    struct options {
        spool_options where;
        std::size_t drain_records = 256;              ///< sent on at a time, at most
        std::uint64_t drain_bytes = 4 * 1024 * 1024;  ///< and so many bytes
        milliseconds probe{250};                      ///< between two looks whether Kafka is back
    };

    /// `kafka` outlives it. Throws as `spool` does.
    spooling_journal(lending_journal& kafka, options how);
    /// As `stop`.
    ~spooling_journal() override;
    spooling_journal(const spooling_journal&) = delete;
    spooling_journal& operator=(const spooling_journal&) = delete;

    /// Completes without an error once the record is durable in Kafka or on the local disk, and in
    /// any case after Kafka's time-out once and one sync of the disk. `errc::overloaded`: the spool
    /// is full; `errc::storage_failed`: the disk does not take it, and Kafka does not either. What
    /// Kafka refuses for itself (`reaction::reject`) is not spooled.
    boost::asio::awaitable<error_code> append(intake_record record) override;

    /// Stores what was handed over and ends; what waits is sent on after the next start. What comes
    /// later is told `errc::stopped`. Any thread but the journal's own; safe to call again.
    void stop();

    struct status {
        bool spooling = false;  ///< Kafka is away
        spool_figures waiting;
    };
    /// Any thread.
    status now() const;

private:
    using stored_handler = boost::asio::any_completion_handler<void(error_code, intake_record)>;
    using work_of_handler = boost::asio::executor_work_guard<boost::asio::any_io_executor>;
    struct pending {
        intake_record record;
        stored_handler handler;
        work_of_handler work;
    };

    template <class Token>
    auto async_spool(intake_record& record, Token&& token);
    void enqueue(
        intake_record record, stored_handler handler, const boost::asio::any_io_executor& executor
    );
    void kafka_is_away(const error_code& why);
    void kafka_is_back();

    // On the spool's thread.
    void store_pending();
    void report(const spool::appended_to& came);
    boost::asio::awaitable<void> drain();
    boost::asio::awaitable<bool> send_on(std::vector<spooled> oldest);
    void put_aside(std::int64_t id, std::string_view why);
    void publish();
    bool is_stopping() const;

    lending_journal& kafka_;
    const options how_;
    stage_log log_{"spool"};
    std::atomic<bool> spooling_ = false;   // Kafka is not asked first
    std::atomic<bool> told_away_ = false;  // in the log, and not yet that it is back

    mutable std::mutex guard_;
    std::vector<pending> pending_;  // what has come while the last ones were being stored
    bool stopping_ = false;
    spool_figures figures_;

    spool spool_;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> until_stopped_;
    boost::asio::steady_timer more_;  // never expires; cancelled when there is something to send on
    boost::asio::steady_timer pause_;  // until Kafka is tried again
    std::uint64_t failures_ = 0;       // of the disk, in a row
    std::mutex thread_lock_;
    std::thread thread_;
};

}  // namespace rollcall
