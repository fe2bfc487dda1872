#pragma once

#include "providers/patience.hpp"
#include "providers/polling.hpp"
#include "providers/realtimekit/api.hpp"
#include "providers/realtimekit/filters.hpp"
#include "providers/realtimekit/page_walk.hpp"
#include "providers/search_pace.hpp"
#include "providers/timer.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::realtimekit {

/// Follows one session from whenever it is told of it until nothing of it can be missing. It looks
/// at the session once, for its start, and again every `look_period`, for its end is told by others
/// (a webhook, the list) sooner. While the session is live it reads all of its participants with
/// their peer events every `interval`; once it is over at once, and again `late_sweep` later.
///
/// A participant without peer events is asked for alone, then by its peer; if it has none there
/// either, its row counts as it is. Where the settings want details, each participant is asked for
/// them after the end.
///
/// What is of no use however often it is asked for, while other requests are answered, is given up
/// (`patience`), and said so by a row.
///
/// `state()`: `phase`; `ended_at`, in milliseconds since 1970, when the end's sweep was complete;
/// and `account`, that in which the session was found.
class session_plan final : public poll_plan {
public:
    static constexpr milliseconds look_period = std::chrono::minutes{10};
    static constexpr milliseconds longest_retry = std::chrono::minutes{1};
    /// So many participants in a row without peer events, wherever they are asked for, and none is
    /// asked for alone any more: this provider has no such events.
    static constexpr unsigned most_fruitless = 3;

    session_plan(
        const poll_pace& pace,
        std::shared_ptr<filters> with,
        std::string session,
        std::string_view state
    );

    step next(timestamp now) const override;
    poll_outcome on_response(const poll_response& response, timestamp now) override;
    void on_stored(timestamp now) override;
    void on_ended(timestamp now) override;
    void sweep(timestamp now) override;
    std::string state() const override;
    std::string_view phase() const override;
    std::optional<timestamp> cursor() const override { return read_at_; }

private:
    enum class job : std::uint8_t { look, rows, one };
    static constexpr std::size_t jobs = 3;
    enum class stage : std::uint8_t { fresh, live, closing, late, closed };

    // A participant that is asked for alone.
    struct single {
        enum class by : std::uint8_t { participant, peer, filters };
        by how = by::participant;
        std::string id;
        std::string listed;  // the list's row; stored where nothing better comes
        std::uint64_t mark = 0;
        unsigned failures = 0;
    };
    // What the last answer will make true once its rows are stored.
    struct conclusions {
        bool missing = false;
        bool session = false;  // it was found, and is
        bool over = false;
        bool given_up = false;
        bool page_ends = false;  // the walk is over with this page
        // Of the participants that are asked for alone: nothing more is asked of so many; the
        // first of the others is asked for by its peer.
        std::size_t singles_done = 0;
        bool by_peer = false;
        bool fruitless = false;
        std::optional<answer> page{};  // only its counts
        std::vector<std::uint64_t> ids{};
        std::vector<single> more{};  // to be asked for alone
        std::vector<std::pair<std::uint64_t, std::uint64_t>> marks{};
        std::optional<timestamp> date{};
    };

    void restore(std::string_view state);
    std::string target() const;
    poll_outcome on_session(const poll_response& response, timestamp now);
    poll_outcome on_page(const poll_response& response, timestamp now);
    poll_outcome on_single(const poll_response& response, timestamp now);
    poll_outcome use_page(const answer& page, const poll_response& response);
    void use_row(std::string_view row, conclusions& told, poll_outcome& outcome);
    std::optional<polled_row> found_alone(const poll_response& response) const;
    poll_outcome without_details(refusal why, conclusions& told);
    poll_outcome without_events(conclusions& told);
    poll_outcome single_failed(poll_outcome failure, timestamp now);
    poll_outcome fail(refusal why, poll_outcome failure, timestamp now);
    poll_outcome give_up(const poll_outcome& failure);
    poll_outcome put_off(poll_outcome failure, timestamp now);
    bool completes_sweep(const conclusions& told) const;

    void take_in_session(const conclusions& told, timestamp now);
    void take_in_missing(timestamp now);
    void take_in_page(conclusions told, timestamp now);
    void take_in_singles(conclusions told, timestamp now);
    void pass_over(timestamp now);
    void finish_walk(timestamp now);
    void finish_walk_if_done(timestamp now);
    void enter(stage to, timestamp now);
    void begin_walk();
    void choose();
    void start_again();
    void update_state();

    bool is_over() const { return stage_ == stage::closing || stage_ == stage::late; }
    bool was_found() const { return account_ == pace_.account; }
    search_pace looks() const { return {pace_.discovery_interval, pace_.window}; }
    timer& timer_of(job which) { return timers_[static_cast<std::size_t>(which)]; }
    const timer& timer_of(job which) const { return timers_[static_cast<std::size_t>(which)]; }
    patience& patience_with(job which) { return patience_[static_cast<std::size_t>(which)]; }

    poll_pace pace_;
    std::shared_ptr<filters> filters_;
    std::string session_;

    stage stage_ = stage::fresh;
    job current_ = job::look;  // fixed from one answer to the next: what `next` asks for
    std::array<timer, jobs> timers_{};
    std::array<patience, jobs> patience_{};
    std::array<bool, jobs> given_up_{};  // in this stage: told once
    unsigned missing_ = 0;               // looks in succession that found no such session
    bool look_between_ = false;          // the list has failed: is the provider there at all?
    bool sweep_told_ = false;
    bool session_over_ = false;  // in the last row of it that was stored
    bool session_told_ = false;

    page_walk walk_;
    bool with_page_0_ = true;
    bool walk_done_ = false;  // its pages are read; single participants may be left
    std::optional<timestamp> walk_began_;
    std::deque<single> singles_;
    unsigned fruitless_ = 0;
    boost::unordered_flat_map<std::uint64_t, std::uint64_t> known_;  // ids, and their rows' marks

    std::optional<timestamp> read_at_;
    std::optional<timestamp> ended_at_;
    std::optional<std::string> account_;  // in which it was found last
    std::string told_;                    // by `state()`
    std::optional<conclusions> pending_;
};

}  // namespace rollcall::realtimekit
