#include "providers/attendee/cursor.hpp"

#include "core/time.hpp"
#include "providers/base64.hpp"

#include <charconv>

namespace rollcall::attendee {
namespace {

std::optional<unsigned> hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return static_cast<unsigned>(c - '0');
    const char lower = static_cast<char>(c | 0x20);
    if (lower >= 'a' && lower <= 'f')
        return static_cast<unsigned>(lower - 'a' + 10);
    return std::nullopt;
}

// A value of a query string: `%XX`, and `+` for a space. Nothing for a broken escape.
std::optional<std::string> decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        if (text.size() - i < 3)
            return std::nullopt;
        const auto high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
        if (!high || !low)
            return std::nullopt;
        out += static_cast<char>(*high << 4 | *low);
        i += 2;
    }
    return out;
}

// The first parameter of that name, decoded.
std::optional<std::string> parameter(std::string_view query, std::string_view name)
{
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
            return decoded(pair.substr(name.size() + 1));
    }
    return std::nullopt;
}

// `2026-08-14 09:02:11.911120+00:00`, as Python prints it, with the `T` that `after` wants.
std::optional<std::string> position_of(std::string text)
{
    constexpr std::size_t date = 10;
    if (text.size() > date && text[date] == ' ')
        text[date] = 'T';
    if (!parse_rfc3339(text))
        return std::nullopt;
    return text;
}

}  // namespace

std::optional<std::string> cursor_parameter(std::string_view url)
{
    const auto question = url.find('?');
    if (question == std::string_view::npos)
        return std::nullopt;
    const auto query = url.substr(question + 1);
    auto cursor = parameter(query.substr(0, query.find('#')), "cursor");
    if (cursor && cursor->empty())
        return std::nullopt;
    return cursor;
}

std::optional<page_edge> read_edge(std::string_view cursor)
{
    const auto content = decode_base64(cursor);
    if (!content || parameter(*content, "r"))  // backwards: never asked for
        return std::nullopt;
    page_edge edge;
    if (const auto offset = parameter(*content, "o")) {
        const auto* const end = offset->data() + offset->size();
        const auto read = std::from_chars(offset->data(), end, edge.tied);
        if (read.ec != std::errc{} || read.ptr != end)
            return std::nullopt;
    }
    if (auto time = parameter(*content, "p")) {
        auto position = position_of(std::move(*time));
        if (!position)
            return std::nullopt;
        edge.position = std::move(*position);
    }
    if (edge == page_edge{})
        return std::nullopt;
    return edge;
}

}  // namespace rollcall::attendee
