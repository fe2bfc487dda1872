#include "core/time.hpp"

#include <cstdio>

namespace rollcall {
namespace {

// Reads exactly `digits` decimal digits off the front of `text`; -1 when they are not there.
int take_number(std::string_view& text, std::size_t digits)
{
    if (text.size() < digits)
        return -1;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, std::string_view any_of)
{
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos)
        return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

timestamp wall_clock()
{
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

std::string to_rfc3339(timestamp at)
{
    using namespace std::chrono;
    const auto day = floor<days>(at);
    const year_month_day date{day};
    const hh_mm_ss time{at - day};
    char text[40];
    const int size = std::snprintf(
        text,
        sizeof text,
        "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count()),
        static_cast<int>(time.subseconds().count())
    );
    return {text, static_cast<std::size_t>(size)};
}

result<timestamp> parse_rfc3339(std::string_view text)
{
    using namespace std::chrono;
    const int y = take_number(text, 4);
    const bool dash1 = take(text, "-");
    const int mo = take_number(text, 2);
    const bool dash2 = take(text, "-");
    const int d = take_number(text, 2);
    const bool t = take(text, "Tt ");
    const int h = take_number(text, 2);
    const bool colon1 = take(text, ":");
    const int mi = take_number(text, 2);
    const bool colon2 = take(text, ":");
    const int s = take_number(text, 2);
    if (!dash1 || !dash2 || !t || !colon1 || !colon2 || y < 0 || h < 0 || h > 23 || mi < 0 ||
        mi > 59 || s < 0 || s > 60)
        return errc::bad_time;
    const year_month_day date{
        year{y},
        month{static_cast<unsigned>(mo < 0 ? 0 : mo)},
        day{static_cast<unsigned>(d < 0 ? 0 : d)}};
    if (!date.ok())
        return errc::bad_time;

    int millis = 0;
    if (take(text, ".")) {
        int scale = 100;
        const auto before = text.size();
        while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
            millis += (text.front() - '0') * scale;
            scale /= 10;
            text.remove_prefix(1);
        }
        if (text.size() == before)
            return errc::bad_time;
    }

    minutes offset{0};
    if (!take(text, "Zz")) {
        const bool west = !text.empty() && text.front() == '-';
        if (!take(text, "+-"))
            return errc::bad_time;
        const int oh = take_number(text, 2);
        const bool colon = take(text, ":");
        const int om = take_number(text, 2);
        if (oh < 0 || oh > 23 || !colon || om < 0 || om > 59)
            return errc::bad_time;
        offset = (west ? -1 : 1) * (hours{oh} + minutes{om});
    }
    if (!text.empty())
        return errc::bad_time;
    return timestamp{
        sys_days{date} + hours{h} + minutes{mi} + seconds{s} + milliseconds{millis} - offset};
}

}  // namespace rollcall
