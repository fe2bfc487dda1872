#pragma once

#include "core/time.hpp"

#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace rollcall::test {

/// How two ways tell a meeting, each with its accidents.
struct world_of {
    milliseconds nearest{4'000};  ///< like events are at least this far apart
    milliseconds distance{0};     ///< webhook clock less download clock
    milliseconds jitter{0};       ///< of a webhook's time, at most, either way
    int lost_percent = 30;        ///< webhooks
    int lacking_percent = 10;     ///< rows
};

/// What happened once, and what each way says of it.
struct happening {
    int participant = 0;
    int what = 0;  ///< which of the kinds a participant's events have
    timestamp at{};
    std::optional<timestamp> webhook;  ///< nothing: lost
    std::optional<timestamp> row;      ///< nothing: the artifact lacks it
};

/// A meeting of some participants, with events of some kinds at irregular times.
inline std::vector<happening> happenings(const world_of& how, std::mt19937& dice)
{
    std::vector<happening> all;
    const timestamp begin{milliseconds{1'786'698'000'000}};
    const auto percent = [&](int of) { return static_cast<int>(dice() % 100) < of; };
    const auto up_to = [&](milliseconds most) {
        return milliseconds{
            most.count() == 0 ? 0 : dice() % static_cast<std::uint64_t>(most.count())};
    };
    const int participants = 2 + static_cast<int>(dice() % 5);
    const int whats = 2 + static_cast<int>(dice() % 4);
    const auto irregular = how.nearest * (1 + static_cast<int>(dice() % 6));
    for (int participant = 0; participant < participants; ++participant) {
        for (int what = 0; what < whats; ++what) {
            auto at = begin + up_to(how.nearest * 20);
            for (auto left = 1 + dice() % 14; left > 0; --left) {
                happening one{participant, what, at, {}, {}};
                const auto jitter = up_to(2 * how.jitter + milliseconds{1}) - how.jitter;
                if (!percent(how.lost_percent))
                    one.webhook = at + how.distance + jitter;
                if (!percent(how.lacking_percent))
                    one.row = at;
                all.push_back(one);
                at += how.nearest + up_to(irregular);
            }
        }
    }
    return all;
}

}  // namespace rollcall::test
