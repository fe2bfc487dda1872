#pragma once

#include "providers/patience.hpp"
#include "providers/polling.hpp"
#include "providers/recall/artifact_list.hpp"
#include "providers/timer.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::recall {

/// Finds the recordings of a workspace by the list of their artifacts: every `discovery_interval`
/// it walks those that were made after a watermark, and tells of each that is new, or whose status
/// is newer than it was.
///
/// An artifact is listed by when it was made, around the start of its recording, and changes for as
/// long as that goes on. So the watermark stays behind the oldest one that is still open, and
/// `overlap` behind the latest that has been seen: rows become visible late. It moves only when a
/// walk has come to its end and its rows are stored. One that stays open for longer than the
/// window holds nothing back any more; its recording has a plan of its own.
///
/// `state()`: `phase`; `watermark`, milliseconds since 1970 by the provider's clock; and `account`,
/// which it is about: in another one everything is new.
class listing_plan final : public poll_plan {
public:
    /// Of one walk. An artifact that is listed is at least a minute of somebody's time.
    static constexpr std::size_t most_pages = 10'000;
    /// Beyond these the remembered artifacts are forgotten: they are told of again, and what has
    /// settled is not followed again.
    static constexpr std::size_t most_remembered = 200'000;
    /// Whether `created_at_after` includes the time itself is nowhere written down.
    static constexpr milliseconds margin{1'000};

    listing_plan(const poll_pace& pace, std::string_view state);

    step next(timestamp now) const override;
    poll_outcome on_response(const poll_response& response, timestamp now) override;
    void on_stored(timestamp now) override;
    void on_ended(timestamp now) override;
    void sweep(timestamp now) override;
    std::string state() const override;
    std::string_view phase() const override { return "listing"; }
    std::optional<timestamp> cursor() const override { return kept_ ? watermark_ : std::nullopt; }

private:
    struct known_artifact {
        std::int64_t updated_ms = 0;
        artifact_status status = artifact_status::processing;
        std::uint32_t walk = 0;  // the last one that met it
    };
    struct met_artifact {
        std::uint64_t key = 0;
        known_artifact is;
        std::optional<timestamp> made{};
    };
    struct conclusions {
        std::vector<met_artifact> met;
        std::optional<std::string> next;
        bool given_up = false;
    };

    void begin_walk();
    poll_outcome on_failure(poll_outcome failure, bool answered, timestamp now);
    poll_outcome give_up(const poll_outcome& failure);
    std::vector<polled_row> take_in(std::vector<listed_artifact> artifacts);
    bool is_news(const met_artifact& met) const;
    void note(const met_artifact& met, timestamp now);
    void end_walk(timestamp now);
    void forget_unmet();

    poll_pace pace_;
    artifact_list list_;
    timer due_{};
    patience with_it_;
    unsigned failures_ = 0;  // one after the other
    bool told_given_up_ = false;
    std::optional<timestamp> watermark_;  // absent: the first walk has not begun
    bool kept_ = false;                   // the watermark is part of the state
    boost::unordered_flat_map<std::uint64_t, known_artifact> known_;

    // The walk under way.
    std::uint32_t walk_ = 0;
    std::optional<timestamp> latest_, oldest_open_;
    bool begun_ = false;

    std::optional<conclusions> pending_;
};

}  // namespace rollcall::recall
