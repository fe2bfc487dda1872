#include "simulator/value.hpp"

#include <algorithm>
#include <array>

namespace rollcall::simulator {
namespace {

void append_unit(std::string& out, unsigned unit)
{
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
        out += digits[(unit >> shift) & 0xfU];
}

/// The escapes both forms share; false where `c` needs none of them.
bool append_short_escape(std::string& out, char c)
{
    constexpr std::array<std::pair<char, std::string_view>, 7> escapes{
        {{'"', "\\\""},
         {'\\', "\\\\"},
         {'\b', "\\b"},
         {'\t', "\\t"},
         {'\n', "\\n"},
         {'\f', "\\f"},
         {'\r', "\\r"}}};
    for (const auto& [plain, escaped] : escapes)
        if (plain == c) {
            out += escaped;
            return true;
        }
    return false;
}

/// Takes one code point off the front of valid UTF-8.
char32_t take_code_point(std::string_view& text)
{
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    constexpr std::array<unsigned, 5> masks{0, 0x7f, 0x1f, 0x0f, 0x07};
    char32_t point = lead & masks[length];
    for (std::size_t i = 1; i < length; ++i)
        point = (point << 6U) | (static_cast<unsigned char>(text[i]) & 0x3fU);
    text.remove_prefix(length);
    return point;
}

void append_ascii_string(std::string& out, std::string_view text)
{
    out += '"';
    while (!text.empty()) {
        const auto first = static_cast<unsigned char>(text.front());
        if (append_short_escape(out, text.front())) {
            text.remove_prefix(1);
        } else if (first >= 0x20 && first < 0x7f) {
            out += text.front();
            text.remove_prefix(1);
        } else if (const auto point = take_code_point(text); point < 0x10000) {
            append_unit(out, point);
        } else {
            append_unit(out, 0xd800U + ((point - 0x10000U) >> 10U));
            append_unit(out, 0xdc00U + ((point - 0x10000U) & 0x3ffU));
        }
    }
    out += '"';
}

void append_raw_string(std::string& out, std::string_view text)
{
    out += '"';
    for (const char c : text)
        if (!append_short_escape(out, c)) {
            if (static_cast<unsigned char>(c) < 0x20)
                append_unit(out, static_cast<unsigned char>(c));
            else
                out += c;
        }
    out += '"';
}

/// A raw string in which JavaScript's two line ends are escaped.
void append_script_string(std::string& out, std::string_view text)
{
    const auto from = out.size();
    append_raw_string(out, text);
    for (const std::string_view end : {"\u2028", "\u2029"})
        for (auto at = out.find(end, from); at != std::string::npos; at = out.find(end, at))
            out.replace(at, end.size(), end == "\u2028" ? "\\u2028" : "\\u2029");
}

/// One of the three forms; what they differ in is what it is made of.
struct writer {
    std::string_view comma;
    std::string_view colon;
    void (*append_string)(std::string&, std::string_view);
    bool sorted;
    std::string out{};

    void operator()(std::nullptr_t) { out += "null"; }
    void operator()(bool truth) { out += truth ? "true" : "false"; }
    void operator()(const value::number& n) { out += n.token; }
    void operator()(const std::string& text) { append_string(out, text); }
    void operator()(const value::array& items)
    {
        out += '[';
        for (std::string_view separator; const auto& item : items) {
            out += separator;
            item.visit(*this);
            separator = comma;
        }
        out += ']';
    }
    void operator()(const value::object& members)
    {
        std::vector<const value::member*> order;
        order.reserve(members.size());
        for (const auto& each : members)
            order.push_back(&each);
        if (sorted)  // char_traits<char> compares as unsigned bytes
            std::ranges::sort(order, {}, [](const auto* m) -> const std::string& {
                return m->first;
            });
        out += '{';
        for (std::string_view separator; const auto* each : order) {
            out += separator;
            append_string(out, each->first);
            out += colon;
            each->second.visit(*this);
            separator = comma;
        }
        out += '}';
    }
};

}  // namespace

const value* value::find(std::string_view name) const
{
    if (const auto* members = std::get_if<object>(&held_))
        for (const auto& each : *members)
            if (each.first == name)
                return &each.second;
    return nullptr;
}

std::string_view value::text() const
{
    const auto* held = std::get_if<std::string>(&held_);
    return held == nullptr ? std::string_view{} : std::string_view{*held};
}

value value::with(std::string_view name, const value& replacement) const
{
    value copy = *this;
    if (auto* members = std::get_if<object>(&copy.held_))
        for (auto& each : *members)
            if (each.first == name)
                each.second = replacement;
    return copy;
}

std::string to_python_json(const value& of)
{
    writer w{", ", ": ", append_ascii_string, false};
    of.visit(w);
    return std::move(w.out);
}

std::string to_compact_json(const value& of)
{
    writer w{",", ":", append_script_string, false};
    of.visit(w);
    return std::move(w.out);
}

std::string to_canonical_json(const value& of)
{
    writer w{",", ":", append_raw_string, true};
    of.visit(w);
    return std::move(w.out);
}

value::object in_jsonb_order(value::object members)
{
    std::ranges::sort(members, [](const auto& a, const auto& b) {
        return a.first.size() != b.first.size() ? a.first.size() < b.first.size()
                                                : a.first < b.first;
    });
    return members;
}

}  // namespace rollcall::simulator
