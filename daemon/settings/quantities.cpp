#include "settings/quantities.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace rollcall {
namespace {

struct unit {
    std::string_view name;
    std::uint64_t worth;
};

// Greatest first. `ms` stands before `m` and `s` where it is looked for by name.
constexpr std::array<unit, 5> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<unit, 7> size_units{
    {{"GiB", 1ULL << 30},
     {"MiB", 1ULL << 20},
     {"KiB", 1ULL << 10},
     {"B", 1},
     {"GB", 1'000'000'000},
     {"MB", 1'000'000},
     {"kB", 1'000}}};
constexpr std::size_t binary_units = 4;  // the first of size_units, greatest first

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// Takes a number and the letters behind it off the front of `text`.
struct quantity {
    std::uint64_t number;
    std::string_view unit_name;
};
std::optional<quantity> take_quantity(std::string_view& text)
{
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [after, ec] = std::from_chars(text.data(), end, number);
    if (ec != std::errc{} || text.empty() || !is_digit(text.front()))
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(after - text.data()));
    std::size_t letters = 0;
    while (letters < text.size() && !is_digit(text[letters]))
        ++letters;
    const auto name = text.substr(0, letters);
    text.remove_prefix(letters);
    return quantity{number, name};
}

/// Nothing where the product does not fit into a signed 64-bit number.
std::optional<std::uint64_t> product(std::uint64_t number, std::uint64_t worth)
{
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    if (number > most / worth)
        return std::nullopt;
    return number * worth;
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text)
{
    std::uint64_t total = 0;
    std::size_t next_unit = 0;
    if (text.empty())
        return std::nullopt;
    while (!text.empty()) {
        const auto part = take_quantity(text);
        if (!part)
            return std::nullopt;
        while (next_unit < duration_units.size() &&
               duration_units[next_unit].name != part->unit_name)
            ++next_unit;
        if (next_unit == duration_units.size())
            return std::nullopt;
        const auto length = product(part->number, duration_units[next_unit].worth);
        if (!length || *length > std::numeric_limits<std::int64_t>::max() - total)
            return std::nullopt;
        total += *length;
        ++next_unit;
    }
    return milliseconds{static_cast<std::int64_t>(total)};
}

std::optional<std::uint64_t> parse_size(std::string_view text)
{
    const auto part = take_quantity(text);
    if (!part || !text.empty())
        return std::nullopt;
    for (const auto& [name, worth] : size_units)
        if (name == part->unit_name)
            return product(part->number, worth);
    return std::nullopt;
}

std::string duration_text(milliseconds length)
{
    auto rest = static_cast<std::uint64_t>(length.count());
    std::string text;
    for (const auto& [name, worth] : duration_units) {
        if (name == "d")  // 80h says more than 3d8h
            continue;
        if (rest >= worth)
            text += std::to_string(rest / worth).append(name);
        rest %= worth;
    }
    return text.empty() ? "0s" : text;
}

std::string size_text(std::uint64_t bytes)
{
    for (std::size_t i = 0; i < binary_units; ++i)
        if (bytes >= size_units[i].worth && bytes % size_units[i].worth == 0)
            return std::to_string(bytes / size_units[i].worth).append(size_units[i].name);
    return "0B";
}

}  // namespace rollcall
