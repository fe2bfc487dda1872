#include "app/tail_line.hpp"

#include "core/time.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <cstdint>

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

// The participant's name, else the id, else nothing.
std::string who(const rapidjson::Document& value)
{
    if (!value.IsObject())
        return "(not a message of ours)";
    const auto participant = value.FindMember("participant");
    if (participant == value.MemberEnd() || !participant->value.IsObject())
        return {};
    for (const char* member : {"name", "id"}) {
        const auto it = participant->value.FindMember(member);
        if (it != participant->value.MemberEnd() && it->value.IsString())
            return {it->value.GetString(), it->value.GetStringLength()};
    }
    return {};
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
    for (; !text.empty(); ++columns) {
        const std::string_view before = text;
        if (steers(take_character(text)))
            out += replacement;
        else
            out += before.substr(0, before.size() - text.size());
    }
    out.append(width > columns ? width - columns : 0, ' ');
    return out;
}

std::string tail_line(const consumed_record& record, bool colours)
{
    rapidjson::Document value;
    const auto body = record.value();
    value.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
    const std::string_view type = record.header("ce_type");
    const std::string_view time = record.header("ce_time");
    std::string_view kind = type;
    if (kind.starts_with("rollcall."))
        kind.remove_prefix(std::string_view{"rollcall."}.size());

    std::string line = printable(time.size() == 24 ? time.substr(11, 12) : time, 12) + "  ";
    line += printable(record.key(), 22) + "  ";
    if (colours)
        line += colour_of(type);
    line += printable(kind, 24);
    if (colours)
        line += reset;
    line += "  " + printable(who(value), 20);
    const std::string_view sequence = record.header("ce_sequence");
    line +=
        "  #" +
        printable(sequence.substr(std::min(sequence.find_first_not_of('0'), sequence.size())), 5);
    if (const auto via = record.header("rollcall-via"); via != "webhook")
        line += ' ' + printable(via);
    if (record.header("rollcall-late") == "true")
        line += colours ? " \x1b[33mlate\x1b[0m" : " late";
    line += settled_figures(value, type);
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

std::string tail_json(const consumed_record& record)
{
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> to{buffer};
    const auto text = [&](std::string_view s) {
        to.String(s.data(), static_cast<rapidjson::SizeType>(s.size()));
    };
    to.StartObject();
    to.Key("topic");
    text(record.topic());
    to.Key("partition");
    to.Int(record.partition());
    to.Key("offset");
    to.Int64(record.offset());
    to.Key("key");
    text(record.key());
    to.Key("timestamp");
    text(to_rfc3339(record.at()));
    to.Key("headers");
    to.StartObject();
    record.for_each_header([&](std::string_view name, std::string_view value) {
        to.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
        text(value);
    });
    to.EndObject();
    to.Key("value");
    const auto body = record.value();
    rapidjson::Document parsed;
    parsed.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
    if (parsed.HasParseError())
        text(body);
    else
        to.RawValue(body.data(), body.size(), parsed.GetType());
    to.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace rollcall
