#pragma once

#include "providers/attendee/api.hpp"
#include "providers/attendee/bot.hpp"
#include "providers/attendee/cursor.hpp"
#include "providers/attendee/row.hpp"
#include "providers/list_walk.hpp"
#include "providers/page.hpp"
#include "providers/patience.hpp"
#include "providers/polling.hpp"
#include "providers/timer.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::attendee {

/// Finds the bots and app sessions of a project. Every `discovery_interval` it walks the list of
/// those that are not over and tells of the new ones and of those whose state has changed; every
/// `over_period` it walks those that are over and tells of the ones it has met alive, once, and of
/// those it has not (they were shorter than a walk, or Rollcall was down) and whose beginning is
/// recent enough to be told from what was published before.
///
/// The list of the bots that are over only grows. Its walk begins where everything before has been
/// over for long, which is safe because whatever was not over at that time has been met alive. Both
/// are forgotten where the provider's clock turns out to have been ahead by more than the margin.
///
/// A walk that comes to no end because of one page, while the other walk does or that page is
/// answered with what is of no use, is given up (`patience`) and begun again at its next time; what
/// lies behind the page is then not found.
///
/// `state()`: `phase`; `over_until`, milliseconds since 1970 by the provider's clock: the bots that
/// were over by then have been told of; `over_cursor`, where the walk over them begins; and
/// `account`, which all of this is about: in another one everything is new.
class listing_plan final : public poll_plan {
public:
    static constexpr milliseconds over_period = std::chrono::minutes{5};
    /// How long before `over_until` a bot's last event may lie and still count as new: events
    /// become visible after the time they carry.
    static constexpr milliseconds over_margin = std::chrono::minutes{10};
    /// Of one walk: 100,000 bots that are alive, a million that are over.
    static constexpr std::size_t most_live_pages = 4'000;
    static constexpr std::size_t most_over_pages = 40'000;
    /// Beyond these the remembered bots are forgotten: they are told of again, and the ledger drops
    /// what is not new.
    static constexpr std::size_t most_remembered = 1'100'000;

    listing_plan(const poll_pace& pace, std::string_view state);

    step next(timestamp now) const override;
    poll_outcome on_response(const poll_response& response, timestamp now) override;
    void on_stored(timestamp now) override;
    void on_ended(timestamp now) override;
    void sweep(timestamp now) override;
    std::string state() const override;
    std::string_view phase() const override { return "listing"; }
    std::optional<timestamp> cursor() const override { return over_until_; }

    /// How many bots are remembered.
    std::size_t remembered() const { return known_.size(); }

private:
    enum class walk_kind : std::uint8_t { live, over };
    static constexpr std::size_t walk_kinds = 2;

    struct walk_state {
        list_walk pages;
        timer due{};
        std::uint32_t number = 0;    // of the walk under way, counted over both kinds
        std::uint32_t previous = 0;  // of the one before it
        unsigned failures = 0;       // one after the other
        patience with_it{};          // over all tries to get to its end
        bool given_up = false;       // and told, since it last got there
        std::vector<std::string_view> states{};
        std::optional<timestamp> began{};  // the provider's clock at its first page
    };

    struct known_bot {
        std::uint64_t state = 0;  // its hash
        std::uint32_t walk = 0;   // the last one that met it
    };
    struct met_bot {
        row_key key{};
        std::uint64_t state = 0;
        bool remember = true;
    };
    struct conclusions {
        std::vector<met_bot> met;
        std::optional<std::string> next;
        std::optional<timestamp> date;
        bool all_settled;       // no row of the page will ever be told of again
        bool given_up = false;  // there is no page: the walk ends here
    };

    void restore(std::string_view state);
    walk_state& at(walk_kind which) { return walks_[static_cast<std::size_t>(which)]; }
    const walk_state& at(walk_kind which) const { return walks_[static_cast<std::size_t>(which)]; }
    walk_state& current() { return at(current_); }

    void begin(walk_kind which);
    void choose();
    std::string target() const;
    poll_outcome on_failure(poll_outcome failure, refusal why, timestamp now);
    poll_outcome give_up(const poll_outcome& failure);
    void end_walk(bool complete, timestamp now);
    bool clock_was_ahead() const;
    bool drop_refused_states(std::string_view answer);
    result<std::vector<polled_row>, fault> read_bots(const page& from, timestamp clock);
    bool is_told(const bot_facts& bot, const met_bot& met, timestamp clock);
    bool is_recent(const bot_facts& bot, timestamp clock) const;
    void finish_over();
    void forget_over();
    void start_again();

    poll_pace pace_;
    std::array<walk_state, walk_kinds> walks_{
        walk_state{.pages = list_walk{most_live_pages, cursor_parameter}},
        walk_state{.pages = list_walk{most_over_pages, cursor_parameter}}};
    walk_kind current_ = walk_kind::live;
    std::uint32_t walk_number_ = 0;
    boost::unordered_flat_map<row_key, known_bot, row_key_hash> known_;

    std::optional<timestamp> over_until_;
    std::string over_cursor_;     // where the walk over those that are over begins
    std::string settled_cursor_;  // where the next one may, as far as this one has come
    bool settled_so_far_ = true;  // all that this one has read is settled
    bool sweep_told_ = false;

    std::optional<conclusions> pending_;
};

}  // namespace rollcall::attendee
