#include "relay/occurrence.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace rollcall {
namespace {

using place = std::pair<timestamp, int>;

place place_of(const presence_change& one)
{
    return {one.at, rank(one.what)};
}

// The latest of two at or before a moment, and the earliest of two after it; null: none.
const presence_change* later_of(const presence_change* a, const presence_change& b)
{
    return a == nullptr || place_of(*a) < place_of(b) ? &b : a;
}
const presence_change* earlier_of(const presence_change* a, const presence_change& b)
{
    return a == nullptr || place_of(b) < place_of(*a) ? &b : a;
}

// What is nearest to one join or leave, on both sides. `alike` are published ones of its kind;
// `others` those of the opposite kind, published or not.
struct neighbours {
    const presence_change* alike_before = nullptr;  // or at the same place
    const presence_change* alike_after = nullptr;
    const presence_change* other_before = nullptr;
    const presence_change* other_after = nullptr;
    const presence_change* other_published_before = nullptr;

    neighbours(const presence_change& mine, std::span<const presence_change> known)
    {
        for (const auto& each : known) {
            const bool before = place_of(each) <= place_of(mine);
            if (each.what != mine.what)
                take_other(each, before);
            else if (each.number != 0 && before)
                alike_before = later_of(alike_before, each);
            else if (each.number != 0)
                alike_after = earlier_of(alike_after, each);
        }
    }

    // The published one of its kind from which nothing of the opposite kind separates it.
    const presence_change* told_already() const
    {
        if (alike_before != nullptr &&
            (other_before == nullptr || place_of(*other_before) < place_of(*alike_before)))
            return alike_before;
        if (alike_after != nullptr &&
            (other_after == nullptr || place_of(*alike_after) < place_of(*other_after)))
            return alike_after;
        return nullptr;
    }

private:
    void take_other(const presence_change& each, bool before)
    {
        if (!before) {
            other_after = earlier_of(other_after, each);
            return;
        }
        other_before = later_of(other_before, each);
        if (each.number != 0)
            other_published_before = later_of(other_published_before, each);
    }
};

std::uint16_t after(std::uint16_t number)
{
    return number == std::numeric_limits<std::uint16_t>::max() ? number : number + 1;
}

}  // namespace

occurrence occurrence_of(
    kind what, timestamp at, std::span<const presence_change> known, telling_of_change told
)
{
    const auto again = [at](const presence_change& as) {
        return occurrence{
            as.number, as.at == at ? occurrence::state::same : occurrence::state::repeated};
    };
    const auto published = [what](const presence_change& each) {
        return each.what == what && each.number != 0;
    };
    if (told.only_one)
        if (const auto it = std::ranges::find_if(known, published); it != known.end())
            return again(*it);
    const neighbours near{{what, at, 0}, known};
    if (const auto* const before = near.told_already())
        return again(*before);

    std::uint16_t number = 1;
    if (const auto* const other = near.other_published_before)
        number = what == kind::participant_joined ? after(other->number) : other->number;
    std::uint16_t greatest = 0;
    bool taken = false;
    for (const auto& each : known) {
        if (each.what != what)
            continue;
        if (each.number == number && each.listed && !told.listed)
            return again(each);
        greatest = std::max(greatest, each.number);
        taken = taken || each.number == number;
    }
    return {taken ? after(greatest) : number, occurrence::state::fresh};
}

}  // namespace rollcall
