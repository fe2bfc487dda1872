#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rollcall::simulator {

/// Chance that comes out the same on every machine for the same seed (the standard's distributions
/// do not). The generator is SplitMix64 (Steele, Lea and Flood, 2014).
class dice {
public:
    explicit dice(std::uint64_t seed) : state_{seed} {}

    /// Dice of their own for one purpose: throwing them does not change what any others show.
    static dice for_purpose(std::uint64_t seed, std::string_view purpose, std::uint64_t number = 0)
    {
        std::uint64_t mixed = seed ^ 0xcbf29ce484222325U;
        for (const char c : purpose)
            mixed = (mixed ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
        dice result{mixed};
        result.state_ ^= (number + 1) * 0xd1342543de82ef95U;
        result.throw_once();
        return result;
    }

    std::uint64_t throw_once()
    {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }

    /// Both ends included; `low` where `high` lies below it.
    std::int64_t between(std::int64_t low, std::int64_t high)
    {
        if (high <= low)
            return low;
        const auto span = static_cast<std::uint64_t>(high - low) + 1;
        return low + static_cast<std::int64_t>(throw_once() % span);
    }

    std::size_t below(std::size_t count) { return static_cast<std::size_t>(throw_once() % count); }

    /// True with the given probability, 0 to 1.
    bool chance(double probability)
    {
        return static_cast<double>(throw_once() >> 11U) < probability * 9007199254740992.0;  // 2^53
    }

    template <class Range>
    auto& pick(Range& from)
    {
        return from[below(std::size(from))];
    }

    std::string characters(std::string_view alphabet, std::size_t count)
    {
        std::string text(count, ' ');
        for (char& c : text)
            c = alphabet[below(alphabet.size())];
        return text;
    }

    /// A random (version 4) UUID in lower case.
    std::string uuid()
    {
        std::string text = characters("0123456789abcdef", 36);
        text[8] = text[13] = text[18] = text[23] = '-';
        text[14] = '4';
        text[19] = characters("89ab", 1).front();
        return text;
    }

private:
    std::uint64_t state_;
};

}  // namespace rollcall::simulator
