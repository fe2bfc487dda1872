#include "providers/standard_webhooks/mapped_facts.hpp"

#include "providers/json_facts.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace rollcall::standard_webhooks {
namespace {

bool is_whole(std::string_view number)
{
    return number.find_first_of(".eE") == std::string_view::npos;
}

bool is_digits(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// The century's ends in seconds since 1970, as `plausible_instant` has them.
constexpr std::int64_t earliest_s = 946'684'800;
constexpr std::int64_t latest_s = 4'102'444'800;

// `1772632803`, `1772632803.64`, `1772632803640`, ...: nothing where it is no time of this century.
std::optional<timestamp> since_1970(std::string_view number)
{
    const auto dot = number.find('.');
    const auto whole = number.substr(0, dot);
    const auto fraction = dot == std::string_view::npos ? "" : number.substr(dot + 1);
    if (!is_digits(whole) || (dot != std::string_view::npos && !is_digits(fraction)))
        return std::nullopt;
    std::int64_t count = 0;
    if (std::from_chars(whole.data(), whole.data() + whole.size(), count).ec != std::errc{})
        return std::nullopt;
    if (count >= earliest_s && count < latest_s) {
        std::string digits{fraction.substr(0, 3)};
        digits.resize(3, '0');
        int ms = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), ms);
        return timestamp{milliseconds{count * 1000 + ms}};
    }
    for (const std::int64_t a_ms : {1, 1'000, 1'000'000})
        if (count / a_ms / 1000 >= earliest_s && count / a_ms / 1000 < latest_s)
            return timestamp{milliseconds{count / a_ms}};
    return std::nullopt;
}

}  // namespace

result<std::string, fault> text_at(const event_view& event, const json_pointer& where)
{
    const auto found = event.find(where);
    if (!found)
        return fault{errc::missing_field, where.text()};
    const auto& node = *found->node;
    if (node.type == json_type::number && is_whole(node.text))
        return std::string{node.text};
    if (node.type != json_type::string)
        return fault{errc::wrong_type, where.text()};
    if (node.text.empty())
        return fault{errc::missing_field, where.text()};
    return std::string{node.text};
}

result<timestamp, fault> time_at(const event_view& event, const json_pointer& where)
{
    const auto found = event.find(where);
    if (!found || found->node->text.empty())
        return fault{errc::missing_field, where.text()};
    const auto& node = *found->node;
    if (node.type != json_type::number && node.type != json_type::string)
        return fault{errc::wrong_type, where.text()};
    if (node.type == json_type::number || is_digits(node.text)) {
        const auto at = since_1970(node.text);
        if (!at)
            return fault{errc::bad_time, where.text()};
        return *at;
    }
    return plausible_instant(node.text, "", where.text());
}

std::optional<std::string> optional_text_at(
    const event_view& event, const std::optional<json_pointer>& where
)
{
    if (!where)
        return std::nullopt;
    auto found = text_at(event, *where);
    return found ? std::optional{std::move(*found)} : std::nullopt;
}

std::optional<bool> optional_flag_at(
    const event_view& event, const std::optional<json_pointer>& where
)
{
    const auto found = where ? event.find(*where) : std::nullopt;
    if (!found || found->node->type != json_type::boolean)
        return std::nullopt;
    return found->node->text == "true";
}

std::string object_at(const event_view& event, const std::optional<json_pointer>& where)
{
    const auto found = where ? event.find(*where) : std::nullopt;
    return found ? object_text(*found->tree, found->node) : "{}";
}

}  // namespace rollcall::standard_webhooks
