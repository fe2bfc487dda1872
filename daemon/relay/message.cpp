#include "relay/message.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace rollcall {
namespace {

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write(writer& to, std::string_view text)
{
    to.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write(writer& to, const char* name, std::string_view text)
{
    to.Key(name);
    write(to, text);
}

void write_optional(writer& to, const char* name, const std::optional<std::string>& text)
{
    to.Key(name);
    if (text)
        write(to, *text);
    else
        to.Null();
}

void write_raw(writer& to, const char* name, std::string_view json)
{
    to.Key(name);
    to.RawValue(json.data(), json.size(), rapidjson::kObjectType);
}

void write_facts(writer& to, const meeting_facts& facts)
{
    to.StartObject();
    write(to, "id", facts.id);
    write_optional(to, "bot_id", facts.bot_id);
    write_optional(to, "recording_id", facts.recording_id);
    write_optional(to, "session_id", facts.session_id);
    write_optional(to, "title", facts.title);
    write_raw(to, "metadata", facts.metadata);
    to.EndObject();
}

void write_facts(writer& to, const std::optional<participant_facts>& facts)
{
    if (!facts) {
        to.Null();
        return;
    }
    to.StartObject();
    write(to, "id", facts->id);
    write_optional(to, "user_id", facts->user_id);
    write_optional(to, "name", facts->name);
    write_optional(to, "email", facts->email);
    to.Key("is_host");
    if (facts->is_host)
        to.Bool(*facts->is_host);
    else
        to.Null();
    write_optional(to, "platform", facts->platform);
    to.EndObject();
}

void write_value(writer& to, const event& e)
{
    to.StartObject();
    write(to, "source", e.source);
    write(to, "provider", e.provider);
    write(to, "kind", to_string(e.kind));
    to.Key("meeting");
    write_facts(to, e.meeting);
    to.Key("participant");
    write_facts(to, e.participant);
    write(to, "occurred_at", to_rfc3339(e.occurred_at));
    write(to, "received_at", to_rfc3339(e.received_at));
    write(to, "via", to_string(e.via));
    to.Key("provider_event");
    to.StartObject();
    write_optional(to, "id", e.provider_event_id);
    to.Key("type");
    if (e.provider_event_type.empty())
        to.Null();
    else
        write(to, e.provider_event_type);
    to.EndObject();
    write_raw(to, "data", e.data);
    to.EndObject();
}

// What `fill` writes, in buffers that are kept from call to call.
template <class Fill>
std::string written(Fill fill)
{
    thread_local rapidjson::StringBuffer buffer;
    thread_local writer to{buffer};
    buffer.Clear();
    to.Reset(buffer);
    fill(to);
    return {buffer.GetString(), buffer.GetSize()};
}

// W3C Trace Context: what nobody's request caused starts a trace of its own, named after the event.
std::string own_trace(const event_id& id)
{
    const std::string hex = to_hex(id);
    return "00-" + hex + '-' + hex.substr(16) + "-00";
}

std::string ten_digits(std::uint64_t sequence)
{
    char text[24];
    const int size =
        std::snprintf(text, sizeof text, "%010llu", static_cast<unsigned long long>(sequence));
    return {text, static_cast<std::size_t>(size)};
}

std::string hex_digits(std::uint64_t number)
{
    char text[16];
    const auto [end, ec] = std::to_chars(text, text + sizeof text, number, 16);
    return {text, end};
}

}  // namespace

std::string meeting_json(const meeting_facts& facts)
{
    return written([&](writer& to) { write_facts(to, facts); });
}

std::string participant_json(const std::optional<participant_facts>& facts)
{
    return written([&](writer& to) { write_facts(to, facts); });
}

std::uint64_t alike_of(const event& e)
{
    if (e.alike.empty())
        return 0;
    const event_id hash = make_event_id(e.source, e.alike);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof number; ++i)
        number = number << 8 | hash.bytes[i];
    return number;
}

message encode(const publication& p, std::int32_t partition)
{
    const event& e = p.what;
    message m{
        .to = channel_of(e.kind),
        .key = e.meeting.id,
        .value = written([&](writer& to) { write_value(to, e); }),
        .with = {}};
    m.with.reserve(18);
    m.with.emplace_back("ce_specversion", "1.0");
    m.with.emplace_back("ce_id", to_hex(p.id));
    m.with.emplace_back("ce_source", "urn:rollcall:" + e.provider + ':' + e.source);
    m.with.emplace_back("ce_type", "rollcall." + std::string{to_string(e.kind)});
    m.with.emplace_back("ce_subject", e.participant ? e.participant->id : e.meeting.id);
    m.with.emplace_back("ce_time", to_rfc3339(e.occurred_at));
    m.with.emplace_back("ce_recordedtime", to_rfc3339(std::max(e.occurred_at, e.received_at)));
    m.with.emplace_back("ce_sequence", ten_digits(p.sequence));
    m.with.emplace_back("content-type", "application/json");
    m.with.emplace_back("traceparent", e.traceparent.empty() ? own_trace(p.id) : e.traceparent);
    m.with.emplace_back("rollcall-via", to_string(e.via));
    if (p.late)
        m.with.emplace_back("rollcall-late", "true");
    if (p.occurrence > 1)
        m.with.emplace_back("rollcall-occurrence", std::to_string(p.occurrence));
    if (!e.alias.empty())
        m.with.emplace_back("rollcall-alias", e.alias);
    if (e.content != 0)
        m.with.emplace_back("rollcall-content", hex_digits(e.content));
    if (!e.alike.empty())
        m.with.emplace_back("rollcall-alike", hex_digits(alike_of(e)));
    if (e.stands_in)
        m.with.emplace_back("rollcall-stands-in", "true");
    if (p.intake_offset)
        m.with.emplace_back(
            "rollcall-intake", std::to_string(partition) + ':' + std::to_string(*p.intake_offset)
        );
    return m;
}

ledger_entry remembered(
    const publication& p, std::string_view meeting, std::string_view participant
)
{
    const event& e = p.what;
    const bool ended = e.kind == kind::meeting_ended;
    return {
        .id = p.id,
        .source = e.source,
        .meeting = e.meeting.id,
        .kind = e.kind,
        .participant = e.participant ? std::string_view{e.participant->id} : std::string_view{},
        .occurred_at = e.occurred_at,
        .via = e.via,
        .sequence = p.sequence,
        .published_at = p.published_at,
        .received_at = ended ? e.received_at : timestamp{},
        .provider = ended ? std::string_view{e.provider} : std::string_view{},
        .meeting_facts = ended ? meeting : std::string_view{},
        .facts = e.kind == kind::participant_joined ? participant : std::string_view{},
        .occurrence = p.occurrence,
        .alias = e.alias,
        .content = e.content,
        .alike = alike_of(e),
        .stands_in = e.stands_in};
}

}  // namespace rollcall
