#include "simulator/query.hpp"

#include <algorithm>

namespace rollcall::simulator {
namespace {

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string decode(std::string_view text, bool plus_is_space)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                            hex_digit(text[i + 2]) >= 0;
        if (escape) {
            out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i] == '+' && plus_is_space ? ' ' : text[i];
        }
    }
    return out;
}

bool is_unreserved(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '-' || c == '~';
}

void append_encoded(std::string& out, std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(c))
            out += c;
        else if (c == ' ')
            out += '+';
        else
            (out += '%').append({digits[byte >> 4U], digits[byte & 0xfU]});
    }
}

}  // namespace

parameters parse_query(std::string_view query)
{
    parameters found;
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (pair.empty())
            continue;
        const auto equals = std::min(pair.find('='), pair.size());
        found.emplace_back(
            decode(pair.substr(0, equals), true),
            decode(pair.substr(std::min(equals + 1, pair.size())), true)
        );
    }
    return found;
}

std::string to_query(const parameters& of)
{
    std::string text;
    for (const auto& [name, content] : of) {
        if (!text.empty())
            text += '&';
        append_encoded(text, name);
        text += '=';
        append_encoded(text, content);
    }
    return text;
}

std::string decode_path(std::string_view text)
{
    return decode(text, false);
}

std::optional<std::string> last(const parameters& of, std::string_view name)
{
    const auto found =
        std::find_if(of.rbegin(), of.rend(), [&](const auto& each) { return each.first == name; });
    return found == of.rend() ? std::nullopt : std::optional{found->second};
}

std::string with_parameter(parameters of, std::string_view name, const std::string& content)
{
    std::erase_if(of, [&](const auto& each) { return each.first == name; });
    of.emplace_back(name, content);
    std::ranges::stable_sort(of, {}, &parameters::value_type::first);
    return to_query(of);
}

}  // namespace rollcall::simulator
