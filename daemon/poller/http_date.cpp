#include "poller/http_date.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace rollcall {
namespace {

constexpr std::array<std::string_view, 12> months{
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Takes what a date consists of from the front of a text; once something does not fit, nothing fits
// any more.
class date_reader {
public:
    explicit date_reader(std::string_view text) : rest_{text} {}

    void literal(std::string_view expected)
    {
        if (!rest_.starts_with(expected))
            return fail();
        rest_.remove_prefix(expected.size());
    }
    int number(std::size_t digits)
    {
        const auto text = rest_.substr(0, digits);
        const bool all_digits =
            std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
        int value = 0;
        if (text.size() < digits || !all_digits ||
            std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) {
            fail();
            return 0;
        }
        rest_.remove_prefix(digits);
        return value;
    }
    // From 1; 0 is no month.
    unsigned month()
    {
        const auto found = std::ranges::find(months, rest_.substr(0, 3));
        if (found == months.end()) {
            fail();
            return 0;
        }
        rest_.remove_prefix(3);
        return static_cast<unsigned>(found - months.begin()) + 1;
    }
    // ` 6` or `16`.
    int padded_day()
    {
        if (!rest_.starts_with(' '))
            return number(2);
        rest_.remove_prefix(1);
        return number(1);
    }
    milliseconds time_of_day()
    {
        const int hour = number(2);
        literal(":");
        const int minute = number(2);
        literal(":");
        const int second = number(2);
        if (hour > 23 || minute > 59 || second > 60)  // 60: a leap second
            fail();
        return std::chrono::hours{hour} + std::chrono::minutes{minute} +
               std::chrono::seconds{second};
    }
    bool complete() const { return fits_ && rest_.empty(); }

private:
    void fail()
    {
        fits_ = false;
        rest_ = {};
    }

    std::string_view rest_;
    bool fits_ = true;
};

struct date {
    int year = 0;
    unsigned month = 0;
    int day = 0;
    milliseconds time{};
};

date read_fixdate(date_reader& from)
{
    date made;
    made.day = from.number(2);
    from.literal(" ");
    made.month = from.month();
    from.literal(" ");
    made.year = from.number(4);
    from.literal(" ");
    made.time = from.time_of_day();
    from.literal(" GMT");
    return made;
}

date read_rfc850(date_reader& from)
{
    date made;
    made.day = from.number(2);
    from.literal("-");
    made.month = from.month();
    from.literal("-");
    const int year = from.number(2);
    made.year = year < 70 ? 2000 + year : 1900 + year;
    from.literal(" ");
    made.time = from.time_of_day();
    from.literal(" GMT");
    return made;
}

date read_asctime(date_reader& from)
{
    date made;
    made.month = from.month();
    from.literal(" ");
    made.day = from.padded_day();
    from.literal(" ");
    made.time = from.time_of_day();
    from.literal(" ");
    made.year = from.number(4);
    return made;
}

}  // namespace

std::optional<timestamp> parse_http_date(std::string_view text)
{
    constexpr std::size_t short_day = 3;
    const auto comma = text.find(',');
    const bool has_comma = comma != std::string_view::npos;
    const auto after_day = has_comma ? comma + 1 : short_day;
    if (text.size() <= after_day || text[after_day] != ' ')
        return std::nullopt;
    date_reader from{text.substr(after_day + 1)};
    const auto read = !has_comma           ? read_asctime(from)
                      : comma == short_day ? read_fixdate(from)
                                           : read_rfc850(from);
    const std::chrono::year_month_day day{
        std::chrono::year{read.year},
        std::chrono::month{read.month},
        std::chrono::day{static_cast<unsigned>(read.day)}};
    if (!from.complete() || !day.ok())
        return std::nullopt;
    return timestamp{std::chrono::sys_days{day}} + read.time;
}

}  // namespace rollcall
