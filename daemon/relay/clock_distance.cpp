#include "relay/clock_distance.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace rollcall {
namespace {

using namespace std::chrono_literals;

// A stretch of the sorted distances.
struct stretch {
    std::size_t first = 0;
    std::size_t last = 0;  // one past
    std::size_t size() const { return last - first; }
};

milliseconds middle_of(const std::vector<milliseconds>& sorted, stretch s)
{
    return (sorted[s.first + (s.size() - 1) / 2] + sorted[s.first + s.size() / 2]) / 2;
}

// For every distance the stretch that begins with it and is no wider than twice `half`.
template <class Take>
void for_each_stretch(const std::vector<milliseconds>& sorted, milliseconds half, Take take)
{
    stretch s;
    for (; s.first < sorted.size(); ++s.first) {
        while (s.last < sorted.size() && sorted[s.last] - sorted[s.first] <= 2 * half)
            ++s.last;
        take(s);
    }
}

// By how many standard deviations a stretch has more than would lie in it if all were spread
// evenly.
double stands_out(std::size_t has, std::size_t of, milliseconds reach, milliseconds half)
{
    const double share =
        static_cast<double>(2 * half.count() + 1) / static_cast<double>(2 * reach.count() + 1);
    const double by_chance = static_cast<double>(of) * std::min(share, 1.0);
    return (static_cast<double>(has) - by_chance) / std::sqrt(std::max(by_chance, 0.1));
}

// The stretch of the same width around its own middle, until that stays where it is.
stretch centred(const std::vector<milliseconds>& sorted, stretch s, milliseconds half)
{
    constexpr int rounds = 8;
    for (int i = 0; i < rounds; ++i) {
        const auto middle = middle_of(sorted, s);
        const auto first = std::ranges::lower_bound(sorted, middle - half) - sorted.begin();
        const auto last = std::ranges::upper_bound(sorted, middle + half) - sorted.begin();
        s = {static_cast<std::size_t>(first), static_cast<std::size_t>(last)};
        if (middle_of(sorted, s) == middle)
            break;
    }
    return s;
}

// The stretches with the most distances, none of which overlaps a better one.
std::vector<stretch> best_of(
    const std::vector<milliseconds>& sorted, milliseconds half, std::size_t fewest
)
{
    constexpr std::size_t most = 16;
    std::vector<stretch> all;
    for_each_stretch(sorted, half, [&](stretch s) {
        if (s.size() >= fewest)
            all.push_back(s);
    });
    std::ranges::stable_sort(all, std::greater{}, &stretch::size);
    std::vector<stretch> best;
    for (const auto& each : all) {
        const bool overlaps = std::ranges::any_of(best, [&](const stretch& better) {
            return each.first < better.last && better.first < each.last;
        });
        if (!overlaps)
            best.push_back(each);
        if (best.size() == most)
            break;
    }
    return best;
}

}  // namespace

std::vector<clock_distance> find_clock_distances(
    std::vector<milliseconds> distances, milliseconds reach, milliseconds widest
)
{
    constexpr std::size_t fewest = 3;
    constexpr double by_no_chance = 4.5;  // standard deviations
    std::erase_if(distances, [&](milliseconds d) { return std::chrono::abs(d) > reach; });
    std::ranges::sort(distances);
    std::vector<std::pair<double, clock_distance>> found;
    for (auto half = std::max(widest, 1ms);; half /= 2) {
        half = std::max(half, 1ms);
        for (const auto& each : best_of(distances, half, fewest)) {
            const auto s = centred(distances, each, half);
            const double by = stands_out(s.size(), distances.size(), reach, half);
            if (s.size() >= fewest && by >= by_no_chance)
                found.emplace_back(by, clock_distance{middle_of(distances, s), s.size()});
        }
        if (half == 1ms)
            break;
    }
    std::ranges::stable_sort(found, std::greater{}, [](const auto& each) { return each.first; });
    std::vector<clock_distance> best_first;
    for (const auto& [by, each] : found)
        best_first.push_back(each);
    return best_first;
}

}  // namespace rollcall
