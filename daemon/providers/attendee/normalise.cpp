#include "providers/attendee/normalise.hpp"

#include "providers/attendee/canonical.hpp"
#include "providers/hmac_sha256.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>

namespace rollcall::attendee {
namespace {

constexpr timestamp earliest = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};
constexpr timestamp latest = std::chrono::sys_days{std::chrono::year{2100} / 1 / 1};

// A member that may be missing, null, empty or, for all we care, of another type.
std::optional<std::string> optional_text(
    const json_tree& tree, const json_node& object, std::string_view key
)
{
    const auto* member = tree.find(object, key);
    if (member == nullptr || member->type != json_type::string || member->text.empty())
        return std::nullopt;
    return std::string{member->text};
}

std::optional<bool> optional_flag(
    const json_tree& tree, const json_node& object, std::string_view key
)
{
    const auto* member = tree.find(object, key);
    if (member == nullptr || member->type != json_type::boolean)
        return std::nullopt;
    return member->text == "true";
}

// A member that must be there. `path` is the way to the object, with the dot.
result<const json_node*, fault> required(
    const json_tree& tree,
    const json_node& object,
    std::string_view path,
    std::string_view key,
    json_type type
)
{
    const auto* member = tree.find(object, key);
    if (member == nullptr || member->type == json_type::null ||
        (type == json_type::string && member->type == type && member->text.empty()))
        return fault{errc::missing_field, std::string{path}.append(key)};
    if (member->type != type)
        return fault{errc::wrong_type, std::string{path}.append(key)};
    return member;
}

// The text of an object: as it was, but compact. "{}" for whatever is not an object.
std::string object_text(const json_tree& tree, const json_node* value)
{
    std::string text;
    if (value != nullptr && value->type == json_type::object)
        append_canonical(text, tree, *value);
    else
        text = "{}";
    return text;
}

// Some members of an object as an object of their own; null for what is not there.
std::string chosen_members(
    const json_tree& tree, const json_node& object, std::initializer_list<std::string_view> keys
)
{
    std::string text;
    for (const auto key : keys) {
        text.append(text.empty() ? "{\"" : ",\"").append(key).append("\":");
        if (const auto* member = tree.find(object, key))
            append_canonical(text, tree, *member);
        else
            text += "null";
    }
    return text += '}';
}

// A webhook with what every trigger of a bot or an app session has in common.
struct delivery {
    const intake_record& record;
    const json_tree& tree;
    const json_node& data;
    std::string_view trigger;
    meeting_facts meeting;

    result<std::string_view, fault> text(std::string_view key) const
    {
        const auto member = required(tree, data, "data.", key, json_type::string);
        if (!member)
            return member.error();
        return (*member)->text;
    }

    // Milliseconds since 1970. A time outside of this century is a mistake that would upset order
    // and window.
    result<timestamp, fault> epoch_ms(std::string_view key) const
    {
        const auto member = required(tree, data, "data.", key, json_type::number);
        if (!member)
            return member.error();
        const auto token = (*member)->text;
        if (token.find_first_of(".eE") != std::string_view::npos)
            return fault{errc::wrong_type, std::string{"data."}.append(key)};
        std::int64_t ms = 0;
        const auto parsed = std::from_chars(token.data(), token.data() + token.size(), ms);
        return plausible(
            parsed.ec == std::errc{} ? timestamp{milliseconds{ms}} : timestamp::max(), key
        );
    }

    result<timestamp, fault> instant(std::string_view key) const
    {
        const auto written = text(key);
        if (!written)
            return written.error();
        const auto at = parse_rfc3339(*written);
        return plausible(at ? *at : timestamp::max(), key);
    }

    event new_event(kind what, timestamp at) const
    {
        event made;
        made.source = record.source;
        made.provider = record.provider;
        made.kind = what;
        made.meeting = meeting;
        made.occurred_at = at;
        made.received_at = record.received_at;
        made.via = record.via;
        made.provider_event_type = trigger;
        made.traceparent = record.traceparent;
        return made;
    }

    normalised ignored(std::string_view what) const
    {
        return {{}, std::string{trigger}.append("/").append(what)};
    }

private:
    static result<timestamp, fault> plausible(timestamp at, std::string_view key)
    {
        if (at < earliest || at >= latest)
            return fault{errc::bad_time, std::string{"data."}.append(key)};
        return at;
    }
};

std::optional<kind> participant_kind(std::string_view event_type)
{
    if (event_type == "join")
        return kind::participant_joined;
    if (event_type == "leave")
        return kind::participant_left;
    if (event_type == "speech_start")
        return kind::participant_speech_started;
    if (event_type == "speech_stop")
        return kind::participant_speech_stopped;
    return std::nullopt;
}

// A row of the participant events: the same in the webhook and in the list that is polled.
result<normalised, fault> participant_event(const delivery& from)
{
    const auto type = from.text("event_type");
    if (!type)
        return type.error();
    const auto what = participant_kind(*type);
    if (!what)
        return from.ignored(*type);
    const auto id = from.text("id");
    if (!id)
        return id.error();
    const auto participant = from.text("participant_uuid");
    if (!participant)
        return participant.error();
    const auto at = from.epoch_ms("timestamp_ms");
    if (!at)
        return at.error();

    auto made = from.new_event(*what, *at);
    auto& who = made.participant.emplace();
    who.id = *participant;
    who.user_id = optional_text(from.tree, from.data, "participant_user_uuid");
    who.name = optional_text(from.tree, from.data, "participant_name");
    who.is_host = optional_flag(from.tree, from.data, "participant_is_host");
    made.provider_event_id = *id;
    made.data = object_text(from.tree, from.tree.find(from.data, "event_data"));
    made.identity.append("attendee:").append(*id);
    return normalised{{std::move(made)}, {}};
}

// An edited message comes again under its id, so the text belongs to the identity.
std::string chat_identity(std::string_view id, std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    const auto digest = sha256(text);
    std::string identity = std::string{"attendee:"}.append(id).append(":");
    for (const auto byte : std::span{digest}.first<16>()) {
        identity += digits[byte >> 4];
        identity += digits[byte & 15];
    }
    return identity;
}

result<normalised, fault> chat_message(const delivery& from)
{
    const auto id = from.text("id");
    if (!id)
        return id.error();
    const auto sender = from.text("sender_uuid");
    if (!sender)
        return sender.error();
    const auto at = from.epoch_ms("timestamp_ms");
    if (!at)
        return at.error();

    auto made = from.new_event(kind::participant_chat, *at);
    auto& who = made.participant.emplace();
    who.id = *sender;
    who.user_id = optional_text(from.tree, from.data, "sender_user_uuid");
    who.name = optional_text(from.tree, from.data, "sender_name");
    made.provider_event_id = *id;
    made.data = chosen_members(from.tree, from.data, {"text", "to", "additional_data"});
    made.identity = chat_identity(*id, optional_text(from.tree, from.data, "text").value_or(""));
    return normalised{{std::move(made)}, {}};
}

// Every change into a joined state is a sign of the start, and every one after the last of it a
// sign of the end: they have one identity, so that the ledger keeps one, and no single webhook need
// arrive.
std::optional<kind> meeting_kind(std::string_view new_state)
{
    constexpr std::string_view over[] = {"post_processing", "ended", "fatal_error", "data_deleted"};
    if (new_state.starts_with("joined_") || new_state == "connected")
        return kind::meeting_started;
    if (std::ranges::find(over, new_state) != std::end(over))
        return kind::meeting_ended;
    return std::nullopt;
}

result<normalised, fault> state_change(const delivery& from)
{
    const auto state = from.text("new_state");
    if (!state)
        return state.error();
    const auto what = meeting_kind(*state);
    if (!what)
        return from.ignored(*state);
    const auto at = from.instant("created_at");
    if (!at)
        return at.error();

    auto made = from.new_event(*what, *at);
    made.data = chosen_members(
        from.tree,
        from.data,
        {"event_type", "event_sub_type", "old_state", "new_state", "event_metadata"}
    );
    made.identity.append("attendee:").append(from.meeting.id).append(":").append(to_string(*what));
    return normalised{{std::move(made)}, {}};
}

using reading = result<normalised, fault> (*)(const delivery&);

// The triggers that become events. Attendee has six more, none about who is in a meeting.
reading reading_of(std::string_view trigger)
{
    if (trigger == "participant_events.join_leave" ||
        trigger == "participant_events.speech_start_stop")
        return participant_event;
    if (trigger == "chat_messages.update")
        return chat_message;
    return trigger == "bot.state_change" ? state_change : nullptr;
}

result<meeting_facts, fault> read_meeting(const json_tree& tree)
{
    const auto& envelope = tree.root();
    meeting_facts meeting;
    meeting.bot_id = optional_text(tree, envelope, "bot_id");
    if (meeting.bot_id) {
        meeting.id = *meeting.bot_id;
        meeting.metadata = object_text(tree, tree.find(envelope, "bot_metadata"));
        return meeting;
    }
    auto session = optional_text(tree, envelope, "app_session_id");
    if (!session)
        return fault{errc::missing_field, "bot_id"};
    meeting.id = std::move(*session);
    meeting.metadata = object_text(tree, tree.find(envelope, "app_session_metadata"));
    return meeting;
}

}  // namespace

result<normalised, fault> normalise(const intake_record& record)
{
    thread_local json_tree tree;
    if (auto parsed = tree.parse(record.body); !parsed)
        return parsed.error();
    const auto& envelope = tree.root();
    if (envelope.type != json_type::object)
        return fault{errc::wrong_type, ""};
    const auto trigger = required(tree, envelope, "", "trigger", json_type::string);
    if (!trigger)
        return trigger.error();
    const auto read = reading_of((*trigger)->text);
    if (read == nullptr)
        return normalised{{}, std::string{(*trigger)->text}};
    auto meeting = read_meeting(tree);
    if (!meeting)
        return meeting.error();
    const auto data = required(tree, envelope, "", "data", json_type::object);
    if (!data)
        return data.error();
    return read(delivery{record, tree, **data, (*trigger)->text, std::move(*meeting)});
}

}  // namespace rollcall::attendee
