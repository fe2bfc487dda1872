#pragma once

#include "providers/patience.hpp"
#include "providers/polling.hpp"
#include "providers/timer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::recall {

/// Books what a bot's webhooks have told to the recording it is about, which these do not name:
/// asks for the bot, and stores what it is under its only or latest recording. One that has no
/// recording yet is asked for again until it has one, or is over. Then nothing is left to be
/// polled; the bot's next webhook makes a new plan.
///
/// `state()`: `phase`.
class bot_plan final : public poll_plan {
public:
    /// The longest time between two looks, in `discovery_interval`s.
    static constexpr unsigned longest_look = 15;
    /// So many looks in succession that found no such bot, and there is none.
    static constexpr unsigned gone_after = 10;
    /// An end that was told and is not among the bot's states is looked for so many times.
    static constexpr unsigned most_looks_for_end = 5;

    bot_plan(const poll_pace& pace, std::string bot, std::string_view state);

    step next(timestamp now) const override;
    poll_outcome on_response(const poll_response& response, timestamp now) override;
    void on_stored(timestamp now) override;
    void on_ended(timestamp now) override;
    void sweep(timestamp now) override;
    std::string state() const override;
    std::string_view phase() const override { return is_done_ ? "done" : "bot"; }
    std::optional<timestamp> cursor() const override { return std::nullopt; }

private:
    poll_outcome on_bot(const poll_response& response);
    poll_outcome on_missing();
    poll_outcome on_failure(poll_outcome failure, bool answered, timestamp now);
    milliseconds pause(unsigned times) const;

    poll_pace pace_;
    std::string bot_;
    timer due_{};
    patience with_it_;
    unsigned waits_ = 0;
    unsigned missing_ = 0;
    unsigned looks_for_end_ = 0;
    bool end_told_ = false;
    bool by_hand_ = false;
    bool is_done_ = false;

    bool pending_ = false;       // an answer that was used
    bool pending_done_ = false;  // it was the last
};

}  // namespace rollcall::recall
