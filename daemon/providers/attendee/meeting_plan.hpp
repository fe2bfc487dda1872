#pragma once

#include "providers/attendee/bot.hpp"
#include "providers/attendee/row_follower.hpp"
#include "providers/patience.hpp"
#include "providers/polling.hpp"
#include "providers/search_pace.hpp"
#include "providers/timer.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::attendee {

/// Follows one bot, or app session, from whenever it is told of it until nothing of it can be
/// missing: looks at its state every `discovery_interval`; while it is active reads its
/// participant events every `interval` and its chat messages every `discovery_interval`, both
/// whole every `sweep_period`; when it is over reads both whole at once and, since a bot that was
/// declared dead may still write, again `late_sweep` later.
///
/// What is of no use however often it is asked for, while other requests are answered, is given up
/// (`patience`): a list counts as read as far as it could be, a bot that cannot be looked at as one
/// that is active, and as over once that has been told.
///
/// `state()`: `phase`, and in milliseconds since 1970 `after` and `chat_after` (read up to here, by
/// the provider's clock), `swept_at` and `chat_swept_at` (when last read whole, as it was when one
/// of the others changed last), `ended_at` (when the end's sweep was complete); and `account`, that
/// in which the bot was found. Which rows are stored already is not in it: they are stored again,
/// and the ledger drops them.
class meeting_plan final : public poll_plan {
public:
    /// Between two readings of everything while the meeting lasts.
    static constexpr milliseconds sweep_period = std::chrono::minutes{10};
    /// The longest time between two looks at a bot that is to join much later.
    static constexpr milliseconds longest_look = std::chrono::minutes{2};
    /// The longest time between two tries of an end's sweep.
    static constexpr milliseconds longest_retry = std::chrono::minutes{1};

    meeting_plan(const poll_pace& pace, std::string meeting, std::string_view state);

    step next(timestamp now) const override;
    poll_outcome on_response(const poll_response& response, timestamp now) override;
    void on_stored(timestamp now) override;
    void on_ended(timestamp now) override;
    void sweep(timestamp now) override;
    std::string state() const override;
    std::string_view phase() const override;
    std::optional<timestamp> cursor() const override;

private:
    enum class job : std::uint8_t { look, events, chat };
    static constexpr std::size_t jobs = 3;

    enum class stage : std::uint8_t {
        fresh,    // its state is not known yet
        waiting,  // before the meeting
        active,
        closing,  // it is over: the first sweep
        late,     // the second sweep, or waiting for it
        closed,
    };

    // What the last answer will make true once its rows are stored.
    enum class conclusion : std::uint8_t { nothing, bot, missing, page, no_chat, given_up };
    struct heard {
        poll_outcome outcome;
        refusal why = refusal::none;
        bool for_good = false;  // no use to try again
    };
    // What has to change for the state to be worth keeping.
    struct kept_facts {
        std::string_view phase;
        std::optional<timestamp> after{}, chat_after{}, ended_at{};
        std::string account{};
        bool operator==(const kept_facts&) const = default;
    };

    void restore(std::string_view state);
    std::string target() const;
    heard on_bot(const poll_response& response);
    heard on_page(row_follower& rows, const poll_response& response);
    poll_outcome on_failure(heard failure, const std::string& target, timestamp now);
    poll_outcome give_up(const poll_outcome& failure, const std::string& target);
    poll_outcome put_off(poll_outcome failure, timestamp now);

    void take_in_bot(timestamp now);
    void take_in_missing(timestamp now);
    void pass_over(timestamp now);
    void look_no_more(timestamp now);
    void finish_walk(timestamp now);
    void close_sweep(timestamp now);
    void enter(stage to, timestamp now);
    void begin_whole();
    void choose();
    void start_again();

    bool is_over() const { return stage_ == stage::closing || stage_ == stage::late; }
    bool is_last_walk() const;
    bool was_found() const { return account_ == pace_.account; }
    search_pace looks() const { return {pace_.discovery_interval, pace_.window}; }
    milliseconds until_next_look(timestamp now) const;
    milliseconds until_next_try() const;
    kept_facts facts() const;
    void update_state();
    row_follower& follower() { return current_ == job::events ? events_ : chat_; }
    timer& timer_of(job which) { return timers_[static_cast<std::size_t>(which)]; }
    const timer& timer_of(job which) const { return timers_[static_cast<std::size_t>(which)]; }
    patience& patience_with(job which) { return patience_[static_cast<std::size_t>(which)]; }

    poll_pace pace_;
    std::string meeting_;
    row_follower events_;
    row_follower chat_;
    bool has_chat_ = true;  // some servers do not have the list, and app sessions have none

    stage stage_ = stage::fresh;
    job current_ = job::look;     // fixed from one answer to the next: what `next` asks for
    job sweeping_ = job::events;  // of the end's sweeps: the list that is being read
    bool look_between_ = false;   // that list has failed: is the provider there at all?
    std::array<timer, jobs> timers_{};
    std::array<patience, jobs> patience_{};
    std::array<bool, jobs> given_up_{};  // in this stage: told once
    std::optional<timestamp> ended_at_;
    std::string told_state_;   // the bot's state in the last row of it that was stored
    unsigned missing_ = 0;     // looks in succession that found no such bot
    bool deleted_ = false;     // there is nothing left to be swept
    bool end_told_ = false;    // someone has told of the end, but the bot has not been seen so
    bool sweep_told_ = false;  // begin again from the start once the answer under way is in
    std::optional<std::string> account_;  // in which it was found last

    std::string_view kept_phase_;  // the predecessor's, until there is one of our own
    kept_facts told_;              // by `state()`, with these
    std::optional<timestamp> told_swept_, told_chat_swept_;

    conclusion pending_ = conclusion::nothing;
    bot_facts pending_bot_;
    bool pending_last_ = false;  // the walk is complete
};

}  // namespace rollcall::attendee
