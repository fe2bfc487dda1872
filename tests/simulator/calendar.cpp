#include "simulator/calendar.hpp"

#include <array>
#include <cstdio>

namespace rollcall::simulator {
namespace {

using std::chrono::microseconds;

/// Takes digits off the front of a text; nothing where there are others or too few.
std::optional<int> take_number(std::string_view& text, std::size_t digits)
{
    if (text.size() < digits)
        return std::nullopt;
    int number = 0;
    for (const char c : text.substr(0, digits)) {
        if (c < '0' || c > '9')
            return std::nullopt;
        number = number * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return number;
}

bool take(std::string_view& text, std::string_view any_of)
{
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos)
        return false;
    text.remove_prefix(1);
    return true;
}

std::optional<microseconds> take_fraction(std::string_view& text)
{
    if (!take(text, "."))
        return microseconds{0};
    const auto digits = text.substr(0, text.find_first_not_of("0123456789")).size();
    if (digits == 0 || digits > 6)
        return std::nullopt;
    auto fraction = take_number(text, digits).value_or(0);
    for (auto i = digits; i < 6; ++i)
        fraction *= 10;
    return microseconds{fraction};
}

/// What is left of a time must be its zone, as an offset from UTC.
std::optional<std::chrono::minutes> zone(std::string_view text)
{
    if (text.empty() || text == "Z")
        return std::chrono::minutes{0};
    const bool west = text.front() == '-';
    if (!take(text, "+-"))
        return std::nullopt;
    const auto hours = take_number(text, 2);
    if (!hours || !take(text, ":"))
        return std::nullopt;
    const auto minutes = take_number(text, 2);
    if (!minutes || !text.empty() || *hours > 23 || *minutes > 59)
        return std::nullopt;
    return std::chrono::minutes{(west ? -1 : 1) * (*hours * 60 + *minutes)};
}

}  // namespace

std::string python_datetime(stamp at, char between)
{
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{at - day};
    std::array<char, 96> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%04d-%02u-%02u%c%02d:%02d:%02d",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        between,
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count())
    );
    std::string whole = text.data();
    if (time.subseconds().count() != 0) {
        std::snprintf(
            text.data(), text.size(), ".%06d", static_cast<int>(time.subseconds().count())
        );
        whole += text.data();
    }
    return whole;
}

std::optional<stamp> parse_datetime(std::string_view text)
{
    const auto year = take_number(text, 4);
    const bool first = take(text, "-");
    const auto month = take_number(text, 2);
    const bool second = take(text, "-");
    const auto day = take_number(text, 2);
    const bool third = take(text, "T ");
    const auto hour = take_number(text, 2);
    const bool fourth = take(text, ":");
    const auto minute = take_number(text, 2);
    const bool fifth = take(text, ":");
    const auto whole = take_number(text, 2);
    if (!first || !second || !third || !fourth || !fifth || !year || !month || !day || !hour ||
        !minute || !whole)
        return std::nullopt;
    const auto fraction = take_fraction(text);
    const auto offset = zone(text);
    const std::chrono::year_month_day date{
        std::chrono::year{*year},
        std::chrono::month{static_cast<unsigned>(*month)},
        std::chrono::day{static_cast<unsigned>(*day)}};
    if (!fraction || !offset || !date.ok() || *hour > 23 || *minute > 59 || *whole > 59)
        return std::nullopt;
    return stamp{std::chrono::sys_days{date}} + std::chrono::hours{*hour} +
           std::chrono::minutes{*minute} + std::chrono::seconds{*whole} + *fraction - *offset;
}

std::string http_date(instant at)
{
    constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(at - day)};
    std::array<char, 96> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%s, %02u %s %04d %02d:%02d:%02d GMT",
        days[std::chrono::weekday{day}.c_encoding()],
        static_cast<unsigned>(date.day()),
        months[static_cast<unsigned>(date.month()) - 1],
        static_cast<int>(date.year()),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count())
    );
    return text.data();
}

}  // namespace rollcall::simulator
