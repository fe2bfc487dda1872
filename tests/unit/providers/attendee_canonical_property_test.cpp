// One value has one canonical form, however it was written.
#include "providers/attendee/canonical.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <random>
#include <variant>
#include <vector>

namespace rollcall::test {
namespace {

using random_source = std::mt19937;

std::size_t pick(random_source& random, std::size_t count)
{
    return random() % count;
}

std::string utf8(char32_t point)
{
    std::string out;
    const auto byte = [&](char32_t value) { out += static_cast<char>(value); };
    if (point < 0x80) {
        byte(point);
    } else if (point < 0x800) {
        byte(0xC0 | point >> 6);
        byte(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        byte(0xE0 | point >> 12);
        byte(0x80 | (point >> 6 & 0x3F));
        byte(0x80 | (point & 0x3F));
    } else {
        byte(0xF0 | point >> 18);
        byte(0x80 | (point >> 12 & 0x3F));
        byte(0x80 | (point >> 6 & 0x3F));
        byte(0x80 | (point & 0x3F));
    }
    return out;
}

struct json_value;
using json_array = std::vector<json_value>;
// Sorted by code point, which UTF-32 compares by.
using json_object = std::map<std::u32string, json_value>;
struct literal {
    std::string token;
};
struct json_value {
    std::variant<literal, std::u32string, json_array, json_object> is;
};

std::u32string random_text(random_source& random)
{
    constexpr char32_t curious[] = {
        U'\0',  U'\b',  U'\t',  U'\n',  0x0B,    U'\f',   U'\r',    0x1F,   U' ',
        U'"',   U'\\',  U'/',   0x7F,   0x80,    0x7FF,   0x800,    0x2028, 0xD7FF,
        0xE000, 0xFEFF, 0xFFFD, 0xFFFF, 0x10000, 0x1F389, 0x10FFFF,
    };
    std::u32string text;
    for (auto size = pick(random, 12); size > 0; --size)
        text += pick(random, 3) == 0 ? curious[pick(random, std::size(curious))]
                                     : static_cast<char32_t>(U'a' + pick(random, 3));
    return text;
}

json_value random_value(random_source& random, int depth)
{
    constexpr std::string_view tokens[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1.0",
        "1e-05",
        "1E5",
        "-12.50e+3",
        "1000000000000000.0",
        "123456789012345678901234567890"};
    const auto size = pick(random, 6);
    switch (pick(random, depth > 0 ? 4 : 2)) {
        case 0:
            return {literal{std::string{tokens[pick(random, std::size(tokens))]}}};
        case 1:
            return {random_text(random)};
        case 2: {
            json_array elements;
            for (std::size_t i = 0; i < size; ++i)
                elements.push_back(random_value(random, depth - 1));
            return {elements};
        }
        default: {
            json_object members;
            for (std::size_t i = 0; i < size; ++i)
                members.emplace(random_text(random), random_value(random, depth - 1));
            return {members};
        }
    }
}

// The rules once more, in the plainest way.
std::string canonical_text(const std::u32string& text)
{
    std::string out = "\"";
    for (const auto point : text) {
        constexpr std::u32string_view escaped = U"\"\\\b\f\n\r\t";
        const auto which = escaped.find(point);
        if (which != std::u32string_view::npos) {
            out += '\\';
            out += "\"\\bfnrt"[which];
        } else if (point < 0x20) {
            char hex[7];
            std::snprintf(hex, sizeof hex, "\\u%04x", static_cast<unsigned>(point));
            out += hex;
        } else {
            out += utf8(point);
        }
    }
    return out += '"';
}

std::string canonical_of(const json_value& value)
{
    if (const auto* token = std::get_if<literal>(&value.is))
        return token->token;
    if (const auto* text = std::get_if<std::u32string>(&value.is))
        return canonical_text(*text);
    std::string out;
    if (const auto* array = std::get_if<json_array>(&value.is)) {
        for (const auto& each : *array)
            out += (out.empty() ? "[" : ",") + canonical_of(each);
        return out.empty() ? "[]" : out + "]";
    }
    for (const auto& [key, each] : std::get<json_object>(value.is))
        out += (out.empty() ? "{" : ",") + canonical_text(key) + ":" + canonical_of(each);
    return out.empty() ? "{}" : out + "}";
}

// Any of the ways in which a value can be written.
class free_writer {
public:
    explicit free_writer(random_source& random) : random_{random} {}

    std::string write(const json_value& value)
    {
        if (const auto* token = std::get_if<literal>(&value.is))
            return space() + token->token + space();
        if (const auto* text = std::get_if<std::u32string>(&value.is))
            return space() + write(*text) + space();
        std::vector<std::string> parts;
        const auto* array = std::get_if<json_array>(&value.is);
        if (array != nullptr) {
            for (const auto& each : *array)
                parts.push_back(write(each));
        } else {
            for (const auto& [key, each] : std::get<json_object>(value.is))
                parts.push_back(space() + write(key) + space() + ":" + write(each));
            std::ranges::shuffle(parts, random_);
        }
        std::string out = space();
        for (std::size_t i = 0; i < parts.size(); ++i)
            out += (i == 0 ? "" : ",") + parts[i];
        return (array != nullptr ? "[" + out + "]" : "{" + out + "}") + space();
    }

private:
    std::string space()
    {
        return std::string(
            pick(random_, 4) == 0 ? pick(random_, 3) : 0, " \t\r\n"[pick(random_, 4)]
        );
    }

    std::string write(const std::u32string& text)
    {
        std::string out = "\"";
        for (const auto point : text)
            out += write(point);
        return out += '"';
    }

    std::string write(char32_t point)
    {
        constexpr std::u32string_view short_ones = U"\"\\/\b\f\n\r\t";
        const auto which = short_ones.find(point);
        const auto way = pick(random_, 3);
        if (which != std::u32string_view::npos && way == 0)
            return std::string{'\\', "\"\\/bfnrt"[which]};
        const bool must_escape = point < 0x20 || point == U'"' || point == U'\\';
        return way == 1 || must_escape ? escape(point) : utf8(point);
    }

    std::string escape(char32_t point)
    {
        if (point < 0x10000)
            return unit(point);
        return unit(0xD800 + ((point - 0x10000) >> 10)) +
               unit(0xDC00 + ((point - 0x10000) & 0x3FF));
    }

    std::string unit(char32_t value)
    {
        char hex[7];
        std::snprintf(
            hex,
            sizeof hex,
            pick(random_, 2) == 0 ? "\\u%04x" : "\\u%04X",
            static_cast<unsigned>(value) & 0xFFFF
        );
        return hex;
    }

    random_source& random_;
};

TEST(CanonicalForms, OfOneValueAreOneHoweverItWasWritten)
{
    json_tree tree;
    std::string form;
    for (unsigned seed = 0; seed < 300; ++seed) {
        SCOPED_TRACE(seed);
        random_source random{seed};
        const auto value = random_value(random, 6);
        const auto expected = canonical_of(value);
        free_writer writer{random};
        for (int i = 0; i < 5; ++i) {
            const auto body = writer.write(value);
            const auto done = attendee::canonical_form(body, tree, form);
            ASSERT_TRUE(done) << done.error().where << " of " << body;
            ASSERT_EQ(form, expected) << body;
        }
    }
}

}  // namespace
}  // namespace rollcall::test
