#include "expected_events.hpp"

#include "providers/attendee/canonical.hpp"
#include "support/fixtures.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <stdexcept>

namespace rollcall::test {
namespace {

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

std::string canonical(const std::string& json)
{
    json_tree tree;
    std::string text;
    if (auto done = attendee::canonical_form(json, tree, text); !done)
        throw std::runtime_error("no JSON, at " + done.error().where + ": " + json);
    return text;
}

void write(json_writer& out, std::string_view key, std::string_view value)
{
    out.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
    out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void write(json_writer& out, std::string_view key, const std::optional<std::string>& value)
{
    if (value)
        return write(out, key, std::string_view{*value});
    out.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
    out.Null();
}

void write_raw(json_writer& out, std::string_view key, const std::string& json)
{
    out.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
    out.RawValue(json.data(), json.size(), rapidjson::kObjectType);
}

void write_meeting(json_writer& out, const meeting_facts& meeting)
{
    out.StartObject();
    write(out, "id", std::string_view{meeting.id});
    write(out, "bot_id", meeting.bot_id);
    write(out, "recording_id", meeting.recording_id);
    write(out, "session_id", meeting.session_id);
    write(out, "title", meeting.title);
    write_raw(out, "metadata", meeting.metadata);
    out.EndObject();
}

void write_participant(json_writer& out, const std::optional<participant_facts>& who)
{
    if (!who) {
        out.Null();
        return;
    }
    out.StartObject();
    write(out, "id", std::string_view{who->id});
    write(out, "user_id", who->user_id);
    write(out, "name", who->name);
    write(out, "email", who->email);
    out.Key("is_host");
    if (who->is_host)
        out.Bool(*who->is_host);
    else
        out.Null();
    write(out, "platform", who->platform);
    out.EndObject();
}

void write_event(json_writer& out, const event& from)
{
    out.StartObject();
    write(out, "identity", std::string_view{from.identity});
    write(out, "source", std::string_view{from.source});
    write(out, "provider", std::string_view{from.provider});
    write(out, "kind", to_string(from.kind));
    out.Key("meeting");
    write_meeting(out, from.meeting);
    out.Key("participant");
    write_participant(out, from.participant);
    write(out, "occurred_at", std::string_view{to_rfc3339(from.occurred_at)});
    write(out, "received_at", std::string_view{to_rfc3339(from.received_at)});
    write(out, "via", to_string(from.via));
    out.Key("provider_event");
    out.StartObject();
    write(out, "id", from.provider_event_id);
    write(out, "type", std::string_view{from.provider_event_type});
    out.EndObject();
    write_raw(out, "data", from.data);
    out.EndObject();
}

}  // namespace

std::string to_json(const normalised& found)
{
    rapidjson::StringBuffer buffer;
    json_writer out{buffer};
    out.StartObject();
    out.Key("events");
    out.StartArray();
    for (const auto& each : found.events)
        write_event(out, each);
    out.EndArray();
    write(out, "ignored", std::string_view{found.ignored});
    out.EndObject();
    return canonical({buffer.GetString(), buffer.GetSize()});
}

std::string expected_events(const std::string& path)
{
    return canonical(fixture(path));
}

intake_record arrived(std::string body, const std::string& provider)
{
    intake_record record;
    record.body = std::move(body);
    record.source = provider + "-prod";
    record.provider = provider;
    record.via = way::webhook;
    record.received_at = *parse_rfc3339("2026-08-14T12:00:00.250Z");
    record.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    return record;
}

}  // namespace rollcall::test
