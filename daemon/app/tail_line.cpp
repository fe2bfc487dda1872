#include "app/tail_line.hpp"

#include "core/time.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace rollcall {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";
constexpr std::string_view reset = "\x1b[0m";

// One UTF-8 character off the front of `text`, which is not empty; 0xFFFD for what is not UTF-8.
char32_t take_character(std::string_view& text)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    const std::size_t size = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    char32_t character = first < 0x80 ? first : first & (0xffU >> (size + 1));
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || text.size() < size) {
        text.remove_prefix(1);
        return 0xfffd;
    }
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0) != 0x80) {
            text.remove_prefix(i);
            return 0xfffd;
        }
        character = character << 6 | (byte(i) & 0x3f);
    }
    text.remove_prefix(size);
    return character;
}

bool steers(char32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
           c == 0xfffd;
}

struct range {
    char32_t first, last;
};

bool within(char32_t c, std::span<const range> ranges)
{
    return std::ranges::any_of(ranges, [c](const range& r) { return c >= r.first && c <= r.last; });
}

// Columns of a terminal. The blocks of Unicode that are wide (East Asian Width W and F) or that add
// to the character before them; who is in none of them takes one.
std::size_t columns_of(char32_t c)
{
    static constexpr range adding[] = {
        {0x0300, 0x036f},
        {0x0483, 0x0489},
        {0x0591, 0x05bd},
        {0x064b, 0x065f},
        {0x0900, 0x0902},
        {0x0e34, 0x0e3a},
        {0x0e47, 0x0e4e},
        {0x1ab0, 0x1aff},
        {0x1dc0, 0x1dff},
        {0x20d0, 0x20ff},
        {0xfe00, 0xfe0f},
        {0xfe20, 0xfe2f},
        {0x1f3fb, 0x1f3ff},
        {0xe0100, 0xe01ef},
    };
    static constexpr range wide[] = {
        {0x1100, 0x115f},
        {0x2e80, 0x303e},
        {0x3041, 0x33ff},
        {0x3400, 0x4dbf},
        {0x4e00, 0x9fff},
        {0xa000, 0xa4cf},
        {0xa960, 0xa97f},
        {0xac00, 0xd7a3},
        {0xf900, 0xfaff},
        {0xfe30, 0xfe6f},
        {0xff01, 0xff60},
        {0xffe0, 0xffe6},
        {0x1f300, 0x1f64f},
        {0x1f680, 0x1f6ff},
        {0x1f900, 0x1f9ff},
        {0x20000, 0x3fffd},
    };
    if (c < 0x0300)
        return 1;
    return within(c, adding) ? 0 : within(c, wide) ? 2 : 1;
}

std::string_view colour_of(std::string_view type)
{
    if (type == "rollcall.participant.joined")
        return "\x1b[32m";
    if (type == "rollcall.participant.left")
        return "\x1b[31m";
    if (type.starts_with("rollcall.meeting."))
        return "\x1b[1;34m";
    return "\x1b[2m";
}

std::string text_member(const rapidjson::Value& object, const char* name)
{
    if (!object.IsObject())
        return {};
    const auto it = object.FindMember(name);
    if (it == object.MemberEnd() || !it->value.IsString())
        return {};
    return {it->value.GetString(), it->value.GetStringLength()};
}

// The participant's name, else the id, else nothing.
std::string who(const rapidjson::Document& value)
{
    if (!value.IsObject())
        return "(not a message of ours)";
    const auto participant = value.FindMember("participant");
    if (participant == value.MemberEnd() || !participant->value.IsObject())
        return {};
    auto name = text_member(participant->value, "name");
    return name.empty() ? text_member(participant->value, "id") : name;
}

std::string settled_figures(const rapidjson::Document& value, std::string_view type)
{
    if (type != "rollcall.meeting.settled" || !value.IsObject() || !value.HasMember("data") ||
        !value["data"].IsObject())
        return {};
    std::string figures;
    for (const auto& member : value["data"].GetObject())
        if (member.value.IsUint64())
            figures += std::string{" "} + member.name.GetString() + '=' +
                       std::to_string(member.value.GetUint64());
    return figures;
}

}  // namespace

std::string printable(std::string_view text, std::size_t width)
{
    std::string out;
    std::size_t columns = 0;
    while (!text.empty()) {
        const std::string_view before = text;
        const char32_t character = take_character(text);
        if (steers(character)) {
            out += replacement;
            columns += 1;
        } else {
            out += before.substr(0, before.size() - text.size());
            columns += columns_of(character);
        }
    }
    out.append(width > columns ? width - columns : 0, ' ');
    return out;
}

std::string tail_line(const tail_message& message, bool colours)
{
    rapidjson::Document value;
    const auto body = message.value;
    value.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
    const std::string_view type = find_header(message.with, "ce_type");
    const std::string_view time = find_header(message.with, "ce_time");
    std::string_view kind = type;
    if (kind.starts_with("rollcall."))
        kind.remove_prefix(std::string_view{"rollcall."}.size());

    std::string line = printable(time.size() == 24 ? time.substr(11, 12) : time, 12) + "  ";
    line += printable(message.key, 22) + "  ";
    if (colours)
        line += colour_of(type);
    line += printable(kind, 24);
    if (colours)
        line += reset;
    line += "  " + printable(who(value), 20);
    const std::string_view sequence = find_header(message.with, "ce_sequence");
    line +=
        "  #" +
        printable(sequence.substr(std::min(sequence.find_first_not_of('0'), sequence.size())), 5);
    if (const auto via = text_member(value, "via"); via != "webhook")
        line += ' ' + printable(via);
    if (find_header(message.with, "rollcall-late") == "true")
        line += colours ? " \x1b[33mlate\x1b[0m" : " late";
    line += settled_figures(value, type);
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

std::string tail_json(const tail_message& message)
{
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> to{buffer};
    const auto text = [&](std::string_view s) {
        to.String(s.data(), static_cast<rapidjson::SizeType>(s.size()));
    };
    to.StartObject();
    to.Key("topic");
    text(message.topic);
    to.Key("partition");
    to.Int(message.partition);
    to.Key("offset");
    to.Int64(message.offset);
    to.Key("key");
    text(message.key);
    to.Key("timestamp");
    text(to_rfc3339(message.at));
    to.Key("headers");
    to.StartObject();
    for (const auto& [name, value] : message.with) {
        to.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
        text(value);
    }
    to.EndObject();
    to.Key("value");
    const auto body = message.value;
    rapidjson::Document parsed;
    parsed.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
    if (parsed.HasParseError())
        text(body);
    else if (body.find_first_of("\r\n") != std::string_view::npos)
        parsed.Accept(to);  // not written by us: brought into one line
    else
        to.RawValue(body.data(), body.size(), parsed.GetType());
    to.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace rollcall
