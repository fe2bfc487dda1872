#pragma once

#include "providers/patience.hpp"
#include "providers/polling.hpp"
#include "providers/realtimekit/api.hpp"
#include "providers/realtimekit/page_walk.hpp"
#include "providers/realtimekit/session.hpp"
#include "providers/timer.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::realtimekit {

/// Finds the sessions of an app, and tells of each once while it is live and once when it is over.
///
/// Two walks take turns. One over the live sessions, every `discovery_interval`: what was in it the
/// last time and is no more is asked for alone, for it has most likely ended. One over all sessions
/// that began since the last one, less the overlap, every `recent_period` and at the start: it
/// finds what began and ended in between, also while nobody polled.
///
/// `state()`: `phase`, `read_until` (in milliseconds since 1970, by the provider's clock: up to
/// here all sessions' beginnings are known) and `account`.
class session_list_plan final : public poll_plan {
public:
    static constexpr milliseconds recent_period = std::chrono::minutes{1};
    /// `read_until` is told when it has moved by so much, not with each walk.
    static constexpr milliseconds told_every = std::chrono::minutes{10};

    session_list_plan(const poll_pace& pace, std::string_view state);

    step next(timestamp now) const override;
    poll_outcome on_response(const poll_response& response, timestamp now) override;
    void on_stored(timestamp now) override;
    void on_ended(timestamp /*now*/) override {}
    void sweep(timestamp now) override;
    std::string state() const override;
    std::string_view phase() const override { return "listing"; }
    std::optional<timestamp> cursor() const override { return read_until_; }

    /// How many live sessions are remembered.
    std::size_t live() const { return live_.size(); }

private:
    enum class walk_kind : std::uint8_t { live, recent };
    static constexpr std::size_t walk_kinds = 2;

    struct walk_state {
        page_walk pages{};
        timer due{};
        patience with_it{};
        bool given_up = false;             // and told, since it last got to its end
        std::optional<timestamp> began{};  // the provider's clock at its first page
    };
    struct met_session {
        std::string id;
        bool over = false;
    };
    struct conclusions {
        std::vector<met_session> met{};
        answer page{};
        std::vector<std::uint64_t> ids{};
        bool ends = false;
        bool given_up = false;
        bool missing = false;  // of one that was asked for alone: it is forgotten
        std::optional<timestamp> date{};
    };

    void restore(std::string_view state);
    walk_state& at(walk_kind which) { return walks_[static_cast<std::size_t>(which)]; }
    const walk_state& at(walk_kind which) const { return walks_[static_cast<std::size_t>(which)]; }

    std::string target(timestamp now) const;
    timestamp recent_since(timestamp now) const;
    poll_outcome on_one(const poll_response& response, timestamp now);
    poll_outcome one_failed(poll_outcome failure, timestamp now);
    poll_outcome on_page(const poll_response& response, timestamp now);
    poll_outcome use_page(const answer& page, const poll_response& response, timestamp now);
    bool use_row(std::string_view row, poll_outcome& outcome, timestamp since);
    bool is_told(const session_facts& session) const;
    poll_outcome on_failure(poll_outcome failure, bool answered, timestamp now);
    poll_outcome give_up(const poll_outcome& failure, timestamp now);
    void take_in_one(const conclusions& told);
    void take_in(const std::vector<met_session>& met);
    void take_in_page(conclusions told, timestamp now);
    void end_walk(bool complete, timestamp now);
    void finish_live();
    void finish_recent(timestamp now);
    void begin(walk_kind which);
    void choose();
    void start_again();

    poll_pace pace_;
    std::array<walk_state, walk_kinds> walks_{};
    walk_kind current_ = walk_kind::recent;
    bool asks_one_ = false;  // instead: for the first of `vanished_`

    std::map<std::string, std::uint32_t, std::less<>> live_;  // and the last live walk that met it
    std::uint32_t live_walk_ = 1;
    std::deque<std::string> vanished_;  // live the last time, and not in the list any more
    timer one_due_{};
    unsigned one_failures_ = 0;
    boost::unordered_flat_set<std::uint64_t> over_;      // told as such
    boost::unordered_flat_set<std::uint64_t> over_met_;  // by the recent walk under way

    std::optional<timestamp> read_until_;
    std::optional<timestamp> told_until_;  // by `state()`
    bool sweep_told_ = false;
    std::optional<conclusions> pending_;
};

}  // namespace rollcall::realtimekit
