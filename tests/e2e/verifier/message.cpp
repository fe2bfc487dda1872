#include "verifier/message.hpp"

#include <rapidjson/pointer.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>
#include <string_view>

namespace rollcall::test {
namespace {

std::int64_t to_number(const std::optional<std::string>& text)
{
    if (!text || text->empty() || text->size() > 18 ||
        !std::ranges::all_of(*text, [](char c) { return c >= '0' && c <= '9'; }))
        return -1;
    return std::stoll(*text);
}

/// `#` is a decimal digit, `@` a lower-case hexadecimal one, everything else itself.
bool fits(const std::string& text, std::string_view pattern)
{
    constexpr std::string_view digits = "0123456789abcdef";
    return std::ranges::equal(text, pattern, [&](char c, char like) {
        if (like != '#' && like != '@')
            return c == like;
        return digits.substr(0, like == '#' ? 10 : 16).find(c) != std::string_view::npos;
    });
}

}  // namespace

std::optional<std::string> message::text(const char* path) const
{
    const auto* found = rapidjson::Pointer{path}.Get(value);
    if (found == nullptr || !found->IsString())
        return std::nullopt;
    return std::string{found->GetString(), found->GetStringLength()};
}

std::optional<std::int64_t> message::number(const char* path) const
{
    const auto* found = rapidjson::Pointer{path}.Get(value);
    return found != nullptr && found->IsInt64() ? std::optional{found->GetInt64()} : std::nullopt;
}

std::string message::where() const
{
    return meeting + " " + topic + "-" + std::to_string(record->partition) + "@" +
           std::to_string(record->offset) + " " + kind + " " + participant;
}

std::optional<message> read_message(const console_record& record, std::string topic)
{
    message read;
    read.record = &record;
    read.topic = std::move(topic);
    const auto text = record.value.value_or("");
    read.value.Parse(text.data(), text.size());
    if (read.value.HasParseError() || !read.value.IsObject())
        return std::nullopt;
    const auto kind = read.text("/kind");
    const auto meeting = read.text("/meeting/id");
    const auto occurred = read.text("/occurred_at");
    const auto received = read.text("/received_at");
    if (!kind || !meeting || !occurred || !received)
        return std::nullopt;
    read.kind = *kind;
    read.meeting = *meeting;
    read.occurred_at = *occurred;
    read.received_at = *received;
    read.participant = read.text("/participant/id").value_or("");
    read.derived = read.text("/via") == "derived";
    read.id = record.header("ce_id").value_or("");
    read.late = record.header("rollcall-late").has_value();
    read.sequence = to_number(record.header("ce_sequence"));
    if (const auto from = record.header("rollcall-intake"))
        read.intake_offset =
            to_number(from->substr(std::min(from->find(':'), from->size() - 1) + 1));
    return read;
}

std::chrono::sys_time<std::chrono::milliseconds> read_time(const std::string& text)
{
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int ms = 0;
    // Not `sscanf` of a stranger's text: the length and the last character are checked.
    const int read = std::sscanf(
        text.c_str(),
        "%4d-%2u-%2uT%2d:%2d:%2d.%3dZ",
        &year,
        &month,
        &day,
        &hour,
        &minute,
        &second,
        &ms
    );
    if (read != 7 || text.size() != 24 || text.back() != 'Z')
        throw std::runtime_error{"not a time of a message: " + text};
    const std::chrono::sys_days date{
        std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}};
    return date + std::chrono::hours{hour} + std::chrono::minutes{minute} +
           std::chrono::seconds{second} + std::chrono::milliseconds{ms};
}

std::vector<std::string> header_faults(
    const message& of, const std::string& provider, const std::string& source
)
{
    std::vector<std::string> faults;
    const auto all = [&](const std::string& name) {
        std::vector<std::string> values;
        for (const auto& [header, content] : of.record->headers)
            if (header == name)
                values.push_back(content);
        return values;
    };
    const auto expect = [&](const std::string& name, const std::string& content) {
        const auto values = all(name);
        if (values.size() != 1 || values.front() != content)
            faults.push_back(
                name + " stands " + std::to_string(values.size()) + " times" +
                (values.empty() ? "" : ", as " + values.front()) + "; expected once, as " + content
            );
    };
    const auto match = [&](const std::string& name, const std::string& pattern) {
        const auto values = all(name);
        if (values.size() != 1 || !fits(values.front(), pattern))
            faults.push_back(
                name + " stands " + std::to_string(values.size()) + " times" +
                (values.empty() ? "" : ", as " + values.front()) + "; expected once, like " +
                pattern
            );
    };

    expect("ce_specversion", "1.0");
    expect("content-type", "application/json");
    match("ce_id", std::string(32, '@'));
    expect("ce_source", "urn:rollcall:" + provider + ":" + source);
    expect("ce_type", "rollcall." + of.kind);
    expect("ce_subject", of.kind.starts_with("meeting.") ? of.meeting : of.participant);
    expect("ce_time", of.occurred_at);
    expect(
        "ce_recordedtime", std::max(of.occurred_at, of.received_at)
    );  // one length: text sorts as time
    match("ce_sequence", std::string(10, '#'));
    match("traceparent", "00-" + std::string(32, '@') + "-" + std::string(16, '@') + "-@@");
    if (of.late)
        expect("rollcall-late", "true");
    if (!of.derived)
        expect(
            "rollcall-intake",
            std::to_string(of.record->partition) + ":" + std::to_string(of.intake_offset)
        );
    else if (!all("rollcall-intake").empty())
        faults.emplace_back("rollcall-intake stands on a derived event");
    return faults;
}

}  // namespace rollcall::test
