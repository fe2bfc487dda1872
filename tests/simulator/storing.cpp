#include "simulator/storing.hpp"

#include "simulator/dice.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace rollcall::simulator {
namespace {

constexpr std::int64_t largest_group = 25;  ///< what the provider can be asked for in one page

/// What one bot has to write about people, and how far it is with it.
struct queue {
    std::vector<std::size_t> rows;  ///< indices into what is told, in the order of noticing
    milliseconds stored{};
    stamp inserted{};
};

class writer {
public:
    writer(
        std::vector<telling>& told,
        const world& of,
        const timeline& when,
        const clock_step& clock,
        const faults& wanted
    )
        : told_{told}, of_{of}, when_{when}, clock_{clock}, wanted_{wanted}
    {
    }

    void write()
    {
        std::map<std::size_t, queue> bots;
        for (std::size_t i = 0; i < told_.size(); ++i) {
            const auto& what = of_.facts[told_[i].fact];
            if (what.participant != nobody) {
                bots[what.meeting].rows.push_back(i);
                continue;
            }
            auto chance = dice_of(i);
            told_[i].stored = told_[i].noticed + small_gap(chance);
            told_[i].inserted = stamped(told_[i].stored, chance);
        }
        for (auto& [meeting, bot] : bots)
            write_people(bot);
    }

private:
    dice dice_of(std::size_t i) const
    {
        return dice::for_purpose(of_.options.seed, "storing", told_[i].fact);
    }

    static milliseconds small_gap(dice& chance) { return milliseconds{chance.between(1, 8)}; }

    stamp stamped(milliseconds at, dice& chance) const
    {
        return stamp{when_.at(at - clock_.behind(at))} +
               std::chrono::microseconds{chance.between(0, 999)};
    }

    void write_people(queue& bot) const
    {
        for (std::size_t i = 0; i < bot.rows.size();) {
            auto chance = dice_of(bot.rows[i]);
            const auto wait = chance.chance(wanted_.late)
                                  ? milliseconds{chance.between(1'000, wanted_.late_span.count())}
                                  : milliseconds{0};
            const auto count = chance.chance(wanted_.tied) ? group(bot, i, chance) : 1;
            const auto last = told_[bot.rows[i + count - 1]].noticed;
            const auto before = bot.stored;
            bot.stored = std::max(bot.stored, last + wait + small_gap(chance));
            auto inserted = stamped(bot.stored, chance);
            if (clock_.behind(before) == clock_.behind(bot.stored))
                inserted = std::max(inserted, bot.inserted + std::chrono::microseconds{1});
            bot.inserted = inserted;
            for (const auto end = i + count; i < end; ++i) {
                told_[bot.rows[i]].stored = bot.stored;
                told_[bot.rows[i]].inserted = inserted;
            }
        }
    }

    /// How many rows, from the i-th on, are written in one go.
    std::size_t group(const queue& bot, std::size_t i, dice& chance) const
    {
        const auto wanted = static_cast<std::size_t>(chance.between(2, largest_group));
        const auto until = told_[bot.rows[i]].noticed + wanted_.tie_span;
        std::size_t count = 1;
        while (count < wanted && i + count < bot.rows.size() &&
               told_[bot.rows[i + count]].noticed <= until)
            ++count;
        return count;
    }

    std::vector<telling>& told_;
    const world& of_;
    const timeline& when_;
    const clock_step& clock_;
    const faults& wanted_;
};

}  // namespace

clock_step set_clock_back(world& of, milliseconds back)
{
    clock_step step;
    if (back <= milliseconds{0} || of.facts.empty())
        return step;
    step.at = of.facts.back().noticed / 2;
    step.back = back;
    using presence = std::pair<std::size_t, std::size_t>;  // meeting and participant
    std::map<presence, std::set<milliseconds>> taken;
    for (auto& each : of.facts) {
        each.at -= step.behind(each.noticed);
        if (each.what != happening::joined && each.what != happening::left)
            continue;
        auto& times = taken[{each.meeting, each.participant}];
        while (!times.insert(each.at).second)
            each.at += milliseconds{1};
    }
    return step;
}

void store(
    std::vector<telling>& told,
    const world& of,
    const timeline& when,
    const clock_step& clock,
    const faults& wanted
)
{
    writer{told, of, when, clock, wanted}.write();
}

}  // namespace rollcall::simulator
