#pragma once

#include "simulator/dialect.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace rollcall::simulator {

/// What the files are like that a provider makes of a meeting that is over. Chances from 0 to 1.
struct archive_faults {
    double missing = 0;          ///< of what people did: it is not in the file
    double failed = 0;           ///< of the meetings: there never is a file
    double deleted = 0;          ///< of the meetings: the file is gone before it can be fetched
    milliseconds processing{0};  ///< how much later than the meeting's end the file is there
    milliseconds offset{0};      ///< all times in it differ by so much
    milliseconds jitter{0};      ///< and each by up to so much besides, either way
    unsigned digits = 6;         ///< of the fractions of its seconds
    bool shuffled = false;       ///< its rows have no order
};

/// What goes wrong on the way, on demand. Chances from 0 to 1, each event on its own.
struct faults {
    double lost = 0;  ///< never sent at all
    double duplicated =
        0;  ///< sent again: half of them the same delivery, half of them by a second subscription
    double reordered = 0;  ///< held back by up to `reorder_span`, so that others overtake it
    milliseconds reorder_span{1'000};
    milliseconds duplicate_span{2'000};  ///< how much later the second copy comes at most
    milliseconds delay{20};  ///< every delivery starts up to so much after the event is noticed
    milliseconds backlog{
        0};  ///< the sender stalls for so long in the middle, then sends all of it at once

    // What goes wrong at the provider itself, before anything is told.
    double late = 0;  ///< of the rows about people: written up to `late_span` after they happened,
                      ///< and what the same bot has to write meanwhile waits behind them
    milliseconds late_span{8'000};
    double tied = 0;  ///< of the rows about people: begin a group of up to 25 of one insertion time
    milliseconds tie_span{2'000};  ///< how long the first of a group waits for the others at most
    milliseconds clock_back{0};    ///< the provider's clock is set back by so much, half-way

    archive_faults archive{};
};

/// One delivery that is going to be made.
struct planned_delivery {
    milliseconds due{};       ///< from the world's beginning
    std::size_t telling = 0;  ///< index into what the dialect tells
    unsigned copy = 0;        ///< 0: the first one of this event
    unsigned subscription = 0;
};

struct plan {
    std::vector<planned_delivery> deliveries;  ///< by `due`
    std::vector<bool> lost;                    ///< of each telling: lost on purpose
};

/// Decides every fault before the first byte is sent, so that a seed is enough to see them again.
plan make_plan(std::span<const telling> told, const faults& wanted, std::uint64_t seed);

}  // namespace rollcall::simulator
