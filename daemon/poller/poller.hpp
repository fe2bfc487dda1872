#pragma once

#include "core/append_all.hpp"
#include "core/journal.hpp"
#include "core/log.hpp"
#include "core/tracking.hpp"
#include "poller/counts.hpp"
#include "poller/fetcher.hpp"
#include "poller/followed.hpp"
#include "poller/polled_source.hpp"
#include "poller/schedule.hpp"
#include "poller/source_report.hpp"
#include "poller/source_state.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace rollcall {

/// What the poller works with beside its sources. All of it outlives the poller.
struct poller_surroundings {
    journal& rows_to;       ///< the intake
    tracking_store& store;  ///< the relay
    /// The partition of a key, as the intake has it: the list of a source is followed by the owner
    /// of its name's.
    std::function<std::int32_t(std::string_view key)> partition_of;
    std::function<
        std::unique_ptr<fetcher>(boost::asio::any_io_executor on, const polled_source& of)>
        make_fetcher;
    std::function<timestamp()> clock = wall_clock;  ///< for `received_at`
};

/// Follows every meeting, and every list of meetings, of the partitions that are ours: asks the
/// providers when the plans say so, as far as the schedule lets it, stores the rows in the intake,
/// and only then moves on. One thread and one io_context for all of it.
///
/// Waiting goes by a clock that does not jump: the wall clock of the start, and the time since.
class poller final : public tracking_follower {
public:
    /// Throws what `make_fetcher` throws.
    poller(std::vector<polled_source> sources, poller_surroundings around, schedule_pace pace = {});
    /// As `stop`.
    ~poller() override;
    poller(const poller&) = delete;
    poller& operator=(const poller&) = delete;

    void start();
    /// Nothing is asked any more, and requests in flight are cut; returns when the thread has
    /// ended. Waits only for rows that have been handed to the journal already, so not longer than
    /// its time-out. Any thread but the poller's own; safe to call again.
    void stop();

    // Posted to the poller's thread, in the order of the calls.
    void on_owned(std::int32_t partition, std::uint64_t ticket, std::vector<tracked> known)
        override;
    void on_given_up(std::int32_t partition) override;
    void on_sign(
        std::int32_t partition,
        const std::string& source,
        const std::string& meeting,
        tracking_sign sign
    ) override;
    void on_settled(
        std::int32_t partition,
        const std::string& source,
        const std::string& meeting,
        const std::string& told
    ) override;

    /// Null where there is no such source. Any thread; valid as long as the poller.
    const poll_counts* counts(std::string_view source) const;
    /// How each source stood at the last look, at most a second ago. Any thread.
    std::vector<source_state> states() const;

private:
    struct entry {
        entry(polled_source source, std::unique_ptr<fetcher> how, const stage_log& log)
            : of{std::move(source)}, api{std::move(how)}, report{of.name, log}
        {
        }
        polled_source of;
        std::unique_ptr<fetcher> api;
        source_report report;
    };
    using pointer = followed_objects::pointer;
    /// How rows have come.
    struct row_origin {
        way via = way::poll;
        std::string download{};  ///< its name
    };

    void add_sources(std::vector<polled_source> sources);
    std::uint32_t credential_of(const polled_source& source, const std::vector<polled_source>& all);
    std::optional<std::uint32_t> source_number(std::string_view name) const;
    timestamp now() const;
    double chance();

    // What the relay tells, on our thread.
    void own(std::int32_t partition, std::uint64_t ticket, const std::vector<tracked>& known);
    void give_up(std::int32_t partition);
    void take_sign(
        std::int32_t partition,
        const std::string& source,
        const std::string& meeting,
        tracking_sign sign
    );
    void take_settling(
        std::int32_t partition,
        const std::string& source,
        const std::string& meeting,
        const std::string& told
    );
    pointer follow(
        std::int32_t partition, std::uint32_t source, std::string meeting, std::string_view state
    );
    void unfollow(pointer what);
    void forget(const pointer& what);
    void tell(const pointer& what, tracking_sign sign);
    void tell_plan(followed& what);
    void keep(followed& what);
    tracked name_of(const followed& what) const;

    // The rounds.
    boost::asio::awaitable<void> drive();
    void ask_what_is_due();
    void advance(const pointer& what);
    void send(const pointer& what, poll_request request);
    boost::asio::awaitable<void> ask(pointer what, poll_request request);
    struct result_of_asking {
        verdict to = verdict::lost;
        std::optional<milliseconds> retry_after = std::nullopt;
    };
    boost::asio::awaitable<result_of_asking> call(pointer what, const poll_request& request);
    std::optional<verdict> unusable(
        const followed& what,
        const source_report::request& asked,
        const poll_outcome& outcome,
        const fetched& got,
        std::optional<milliseconds> retry_after
    );
    /// What comes is of no use any more.
    bool dropped(const followed& what) const { return stopping_ || what.gone; }

    // Downloads.
    boost::asio::awaitable<result_of_asking> download(pointer what, std::string url);
    struct taken_in {
        std::optional<verdict> instead;  ///< why the plan is not told: the fault is ours
        std::string unreadable;
        std::string trouble;
    };
    boost::asio::awaitable<taken_in> take_in(
        pointer what, std::string_view file, download_body& from
    );

    // What has been read is stored.
    boost::asio::awaitable<verdict> store(
        const pointer& what, std::string_view target, way by, poll_outcome outcome
    );
    std::vector<intake_record> notices_of(const followed& what, const poll_outcome& outcome) const;
    boost::asio::awaitable<error_code> store_rows(
        const pointer& what, std::string_view target, row_origin from, std::vector<polled_row> rows
    );
    boost::asio::awaitable<error_code> pass_over(
        const pointer& what,
        std::string_view target,
        const appended& came,
        std::vector<std::string> meetings
    );
    std::vector<intake_record> records_of(
        const followed& what, const row_origin& from, std::vector<polled_row> rows
    ) const;
    intake_record notice(const followed& what, tracking_sign sign) const;
    intake_record make_record(const followed& what) const;
    verdict journal_failed(const followed& what, std::string_view target, const error_code& ec);
    void journal_works();
    void finish(const pointer& what, verdict came_to, std::optional<milliseconds> retry_after);
    void settle(const pointer& what);
    void wake_up() { alarm_.cancel(); }
    void begin_stop();
    void look();

    poller_surroundings around_;
    stage_log log_{"poller"};
    const timestamp started_at_;
    const std::chrono::steady_clock::time_point started_{std::chrono::steady_clock::now()};
    std::mt19937_64 random_;
    schedule schedule_;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> until_stopped_{
        io_.get_executor()};
    boost::asio::steady_timer alarm_{io_};
    std::vector<std::unique_ptr<entry>> sources_;
    std::vector<std::uint32_t> credentials_;  // by source
    followed_objects followed_;
    std::vector<pointer> by_place_;
    std::size_t in_flight_ = 0;
    bool stopping_ = false;
    std::uint64_t journal_failures_ = 0;  // in a row
    timestamp next_look_{};

    mutable std::mutex states_lock_;
    std::vector<source_state> states_;
    std::mutex thread_lock_;
    std::thread thread_;
};

}  // namespace rollcall
