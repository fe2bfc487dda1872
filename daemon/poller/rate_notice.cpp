#include "poller/rate_notice.hpp"

#include "poller/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace rollcall {
namespace {

constexpr std::uint64_t seconds_a_minute = 60;

std::optional<std::uint64_t> number(std::string_view text)
{
    std::uint64_t found = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, ec] = std::from_chars(text.data(), end, found);
    if (text.empty() || ec != std::errc{} || stopped != end)
        return std::nullopt;
    return found;
}

milliseconds seconds(std::uint64_t count)
{
    const auto most = std::chrono::duration_cast<std::chrono::seconds>(longest_retry_after).count();
    return std::chrono::seconds{std::min(count, static_cast<std::uint64_t>(most))};
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

// Takes what stands before `by` off the text.
std::string_view take_until(std::string_view& text, char by)
{
    const auto part = text.substr(0, text.find(by));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return trimmed(part);
}

// The number of the parameter `name` of a list's member: `"default";r=12;t=30`.
std::optional<std::uint64_t> parameter(std::string_view member, std::string_view name)
{
    while (!member.empty()) {
        auto part = take_until(member, ';');
        if (take_until(part, '=') == name)
            return number(trimmed(part));
    }
    return std::nullopt;
}

void read_limits(std::string_view field, rate_notice& into)
{
    while (!field.empty()) {
        const auto member = take_until(field, ',');
        const auto left = parameter(member, "r");
        if (!left || (into.left && *into.left <= *left))
            continue;
        into.left = left;
        const auto resets = parameter(member, "t");
        into.resets_in = resets ? std::optional{seconds(*resets)} : std::nullopt;
    }
}

void read_policies(std::string_view field, rate_notice& into)
{
    while (!field.empty()) {
        const auto member = take_until(field, ',');
        const auto quota = parameter(member, "q"), window = parameter(member, "w");
        if (!quota || !window || *window == 0 || *quota > UINT32_MAX)
            continue;
        const auto a_minute = *quota * seconds_a_minute / *window;
        into.a_minute = std::min(into.a_minute.value_or(a_minute), a_minute);
    }
}

void read_older_form(const headers& fields, timestamp now, rate_notice& into)
{
    into.left = number(trimmed(find_header(fields, "x-ratelimit-remaining")));
    const auto reset = number(trimmed(find_header(fields, "x-ratelimit-reset")));
    if (!reset)
        return;
    // Nobody has to wait for years: then it is a time.
    constexpr std::uint64_t earliest_time = 1'000'000'000;
    const auto here = static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count()
    );
    if (*reset < earliest_time)
        into.resets_in = seconds(*reset);
    else
        into.resets_in = seconds(*reset > here ? *reset - here : 0);
}

}  // namespace

rate_notice read_rate_notice(const headers& fields, timestamp now)
{
    rate_notice found;
    read_limits(find_header(fields, "ratelimit"), found);
    read_policies(find_header(fields, "ratelimit-policy"), found);
    if (!found.left)
        read_older_form(fields, now, found);
    return found;
}

}  // namespace rollcall
