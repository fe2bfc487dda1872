#include "providers/standard_webhooks/normalise.hpp"

#include "providers/media_type.hpp"
#include "providers/new_event.hpp"
#include "providers/standard_webhooks/mapped_facts.hpp"

#include <utility>
#include <vector>

namespace rollcall::standard_webhooks {
namespace {

// With its length before it, so that two texts side by side are told from two others.
void append_counted(std::string& out, std::string_view text)
{
    out.append(std::to_string(text.size())).append(":").append(text);
}

result<json_pointer, fault> attribute(std::string_view name)
{
    return json_pointer::parse(std::string{"/"}.append(name));
}

// What identifies the event among those of its source.
result<std::string, fault> own_identity(
    const event_view& told, const event_mapping& by, const intake_record& record
)
{
    std::string identity;
    auto parts = by.identity;
    if (parts.empty() && by.cloudevents)
        parts = {*attribute("source"), *attribute("id")};
    for (const auto& where : parts) {
        const auto text = text_at(told, where);
        if (!text)
            return text.error();
        append_counted(identity, *text);
    }
    if (parts.empty()) {
        if (record.delivery_id.empty())
            return fault{errc::missing_field, "webhook-id"};
        append_counted(identity, record.delivery_id);
    }
    return identity;
}

// Of a meeting there is one start and one end, whoever told it how often.
result<std::string, fault> identity_of(
    const event_view& told, const event_mapping& by, const intake_record& record, const event& made
)
{
    constexpr std::string_view prefix = "standard_webhooks:";
    if (!made.participant)
        return std::string{prefix}.append(made.meeting.id).append(":").append(to_string(made.kind));
    auto own = own_identity(told, by, record);
    if (!own)
        return own;
    return std::string{prefix}.append(*own);
}

result<meeting_facts, fault> read_meeting(const event_view& told, const event_mapping& by)
{
    auto id = text_at(told, by.meeting.id);
    if (!id)
        return id.error();
    meeting_facts meeting;
    meeting.id = std::move(*id);
    meeting.bot_id = optional_text_at(told, by.meeting.bot_id);
    meeting.recording_id = optional_text_at(told, by.meeting.recording_id);
    meeting.session_id = optional_text_at(told, by.meeting.session_id);
    meeting.title = optional_text_at(told, by.meeting.title);
    meeting.metadata = object_at(told, by.meeting.metadata);
    return meeting;
}

result<participant_facts, fault> read_participant(const event_view& told, const event_mapping& by)
{
    if (!by.participant.id)
        return fault{errc::missing_field, "participant.id"};
    auto id = text_at(told, *by.participant.id);
    if (!id)
        return id.error();
    participant_facts who;
    who.id = std::move(*id);
    who.user_id = optional_text_at(told, by.participant.user_id);
    who.name = optional_text_at(told, by.participant.name);
    who.email = optional_text_at(told, by.participant.email);
    who.is_host = optional_flag_at(told, by.participant.is_host);
    who.platform = optional_text_at(told, by.participant.platform);
    return who;
}

bool is_of_meeting(kind what)
{
    return to_string(what).starts_with("meeting.");
}

std::optional<std::string> event_id_of(
    const event_view& told, const event_mapping& by, const intake_record& record
)
{
    if (by.cloudevents)
        return optional_text_at(told, *attribute("id"));
    return record.delivery_id.empty() ? std::nullopt : std::optional{record.delivery_id};
}

result<event, fault> make_event(
    const event_view& told,
    const event_mapping& by,
    const intake_record& record,
    std::string_view type,
    kind what
)
{
    auto made = new_event(record, what, type);
    auto meeting = read_meeting(told, by);
    if (!meeting)
        return meeting.error();
    made.meeting = std::move(*meeting);
    if (!is_of_meeting(what)) {
        auto who = read_participant(told, by);
        if (!who)
            return who.error();
        made.participant = std::move(*who);
    }
    const auto at = time_at(told, by.time);
    if (!at)
        return at.error();
    made.occurred_at = *at;
    made.provider_event_id = event_id_of(told, by, record);
    made.data = object_at(told, by.data);
    auto identity = identity_of(told, by, record, made);
    if (!identity)
        return identity.error();
    made.identity = std::move(*identity);
    return made;
}

// Nothing: of no interest.
std::optional<kind> kind_of(const event_mapping& by, std::string_view type)
{
    const auto found = by.kinds.find(type);
    return found == by.kinds.end() ? std::nullopt : found->second;
}

}  // namespace

result<void, fault> read_event(
    event_view& into, std::string_view body, const headers& with, const event_mapping& by
)
{
    return by.cloudevents ? into.read_cloudevent(body, with) : into.read_json(body);
}

std::string meeting_of(const event_view& event, const event_mapping& by)
{
    const auto type = text_at(event, by.type);
    if (!type || !kind_of(by, *type))
        return {};
    return optional_text_at(event, by.meeting.id).value_or("");
}

result<std::vector<batched_event>, fault> read_batch(std::string_view body, const event_mapping& by)
{
    thread_local event_view told;
    const auto parts = split_batch(body);
    if (!parts)
        return parts.error();
    const headers as_single = {{"content-type", std::string{structured_type}}};
    std::vector<batched_event> events;
    for (const auto part : *parts) {
        if (auto read = told.read_cloudevent(part, as_single); !read)
            return fault{
                read.error().code, "/" + std::to_string(events.size()) + read.error().where};
        events.push_back({part, meeting_of(told, by)});
    }
    return events;
}

result<normalised, fault> normalise(const intake_record& record, const event_mapping& by)
{
    thread_local event_view told;
    // A batch is stored as a whole only where it cannot be read.
    const bool batch = media_type(find_header(record.signed_headers, "content-type")) == batch_type;
    if (by.cloudevents && batch) {
        const auto events = read_batch(record.body, by);
        return events ? fault{errc::unknown_value, "content-type"} : events.error();
    }
    if (auto read = read_event(told, record.body, record.signed_headers, by); !read)
        return read.error();
    const auto type = text_at(told, by.type);
    if (!type)
        return type.error();
    const auto what = kind_of(by, *type);
    if (!what)
        return normalised{{}, *type};
    auto made = make_event(told, by, record, *type, *what);
    if (!made)
        return made.error();
    normalised found;
    found.events.push_back(std::move(*made));
    return found;
}

}  // namespace rollcall::standard_webhooks
