#include "providers/attendee/normalise.hpp"

#include "providers/attendee/bot.hpp"
#include "providers/attendee/row.hpp"
#include "providers/hex.hpp"
#include "providers/hmac_sha256.hpp"
#include "providers/json_facts.hpp"
#include "providers/new_event.hpp"

#include <algorithm>
#include <span>

namespace rollcall::attendee {
namespace {

// An object of Attendee's with what is known of it besides: the `data` of a webhook, or a row.
struct told {
    const intake_record& record;
    const json_tree& tree;
    const json_node& data;
    std::string_view path;     // of `data` in the body, with the dot
    std::string_view trigger;  // the webhook's name for it
    meeting_facts meeting;

    result<std::string_view, fault> text(std::string_view key) const
    {
        const auto member = required(tree, data, path, key, json_type::string);
        if (!member)
            return member.error();
        return (*member)->text;
    }

    event new_event(kind what, timestamp at) const
    {
        auto made = rollcall::new_event(record, what, trigger);
        made.meeting = meeting;
        made.occurred_at = at;
        return made;
    }

    normalised ignored(std::string_view what) const
    {
        return {{}, std::string{trigger}.append("/").append(what)};
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
result<normalised, fault> participant_event(const told& from)
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
    const auto at = epoch_ms(from.tree, from.data, from.path, "timestamp_ms");
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
    const auto digest = sha256(text);
    const auto half = to_hex(std::span{digest}.first<16>());
    return std::string{"attendee:"}.append(id).append(":").append(half);
}

result<normalised, fault> chat_message(const told& from)
{
    const auto id = from.text("id");
    if (!id)
        return id.error();
    const auto sender = from.text("sender_uuid");
    if (!sender)
        return sender.error();
    const auto at = epoch_ms(from.tree, from.data, from.path, "timestamp_ms");
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

std::string meeting_identity(const meeting_facts& meeting, kind what)
{
    return std::string{"attendee:"}.append(meeting.id).append(":").append(to_string(what));
}

result<normalised, fault> state_change(const told& from)
{
    const auto state = from.text("new_state");
    if (!state)
        return state.error();
    const auto what = meeting_kind(*state);
    // Months after the end, when everything about the meeting has been forgotten: no second end.
    const auto before = optional_text(from.tree, from.data, "old_state");
    if (*state == "data_deleted" && before && meeting_kind(*before) == kind::meeting_ended)
        return from.ignored(*state);
    const auto sign = what == kind::meeting_ended ? tracking_sign::ended : tracking_sign::seen;
    if (!what) {
        auto nothing = from.ignored(*state);
        nothing.sign = sign;
        return nothing;
    }
    const auto at = instant(from.tree, from.data, from.path, "created_at");
    if (!at)
        return at.error();

    auto made = from.new_event(*what, *at);
    made.data = chosen_members(
        from.tree,
        from.data,
        {"event_type", "event_sub_type", "old_state", "new_state", "event_metadata"}
    );
    made.identity = meeting_identity(from.meeting, *what);
    return normalised{{std::move(made)}, {}, sign};
}

constexpr std::string_view join_leave = "participant_events.join_leave";
constexpr std::string_view speech_start_stop = "participant_events.speech_start_stop";
constexpr std::string_view chat_update = "chat_messages.update";
constexpr std::string_view bot_change = "bot.state_change";

using reading = result<normalised, fault> (*)(const told&);

// The triggers that become events. Attendee has six more, none about who is in a meeting.
reading reading_of(std::string_view trigger)
{
    if (trigger == join_leave || trigger == speech_start_stop)
        return participant_event;
    if (trigger == chat_update)
        return chat_message;
    return trigger == bot_change ? state_change : nullptr;
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

// Of a webhook that becomes no event. Whatever is told of a bot shows that there is one, but for
// transcriptions, which are made long after it has gone.
normalised no_event(const json_tree& tree, std::string_view trigger)
{
    normalised nothing{{}, std::string{trigger}};
    if (read_meeting(tree) && trigger != "async_transcription.state_change")
        nothing.sign = tracking_sign::seen;
    return nothing;
}

result<normalised, fault> normalise_webhook(const intake_record& record, const json_tree& tree)
{
    const auto& envelope = tree.root();
    const auto trigger = required(tree, envelope, "", "trigger", json_type::string);
    if (!trigger)
        return trigger.error();
    const auto read = reading_of((*trigger)->text);
    if (read == nullptr)
        return no_event(tree, (*trigger)->text);
    auto meeting = read_meeting(tree);
    if (!meeting)
        return meeting.error();
    const auto data = required(tree, envelope, "", "data", json_type::object);
    if (!data)
        return data.error();
    auto found = read(told{record, tree, **data, "data.", (*trigger)->text, std::move(*meeting)});
    if (found && read != state_change)  // which tells of its own
        found->sign = tracking_sign::seen;
    return found;
}

// The meeting of a row is the one it was asked for.
meeting_facts meeting_of(const intake_record& record)
{
    meeting_facts meeting;
    meeting.id = record.key;
    if (!record.key.starts_with(app_session_prefix))
        meeting.bot_id = record.key;
    return meeting;
}

std::string_view trigger_of(std::string_view event_type)
{
    const auto what = participant_kind(event_type);
    if (!what)
        return item::participant_event;
    return channel_of(*what) == channel::attendance ? join_leave : speech_start_stop;
}

// One entry of a bot's `events`, as the state change that it was. What the entry does not tell is
// null.
result<event, fault> change_of_bot(
    const told& from, const json_node& entry, const std::string& path, kind what
)
{
    const auto at = instant(from.tree, entry, path, "created_at");
    if (!at)
        return at.error();
    auto made = from.new_event(what, *at);
    made.data = R"({"event_type":)";
    append_member(made.data, from.tree, entry, "type");
    made.data += R"(,"event_sub_type":)";
    append_member(made.data, from.tree, entry, "sub_type");
    made.data += R"(,"old_state":null,"new_state":null,"event_metadata":null})";
    made.identity = meeting_identity(from.meeting, what);
    return made;
}

// A bot's `events` hold every change of its state, in order: the first that tells of the start and
// the first that tells of the end become events.
result<std::vector<event>, fault> changes_of_bot(const told& from)
{
    std::vector<event> made;
    const auto* entries = from.tree.find(from.data, "events");
    if (entries == nullptr || entries->type != json_type::array)
        return made;
    const auto had = [&made](kind what) {
        return std::ranges::find(made, what, &event::kind) != made.end();
    };
    for (std::size_t i = 0; const auto index : from.tree.children(*entries)) {
        const auto& entry = from.tree[index];
        const auto path = "events[" + std::to_string(i++) + "].";
        const auto type = optional_text(from.tree, entry, "type").value_or("");
        const auto what = meeting_kind(state_after(type));
        if (!what || had(*what))
            continue;
        auto change = change_of_bot(from, entry, path, *what);
        if (!change)
            return change.error();
        made.push_back(std::move(*change));
    }
    return made;
}

result<normalised, fault> bot_row(told from)
{
    const auto id = from.text("id");
    if (!id)
        return id.error();
    if (*id != from.record.key)
        return fault{errc::unknown_value, "id"};
    const auto state = from.text("state");
    if (!state)
        return state.error();
    from.meeting.metadata = object_text(from.tree, from.tree.find(from.data, "metadata"));
    auto events = changes_of_bot(from);
    if (!events)
        return events.error();
    normalised found{std::move(*events), {}};
    if (found.events.empty())
        found.ignored.append(from.record.item).append("/").append(*state);
    if (from.record.item == item::bot)
        found.sign = meeting_kind(*state) == kind::meeting_ended ? tracking_sign::ended
                                                                 : tracking_sign::seen;
    return found;
}

// What the bot's own plan has asked for is no sign: that plan knows.
result<normalised, fault> normalise_row(const intake_record& record, const json_tree& tree)
{
    told from{record, tree, tree.root(), "", bot_change, meeting_of(record)};
    if (record.item == item::bot || record.item == item::followed_bot)
        return bot_row(std::move(from));
    if (record.item == item::chat_message) {
        from.trigger = chat_update;
        return chat_message(from);
    }
    if (record.item != item::participant_event)
        return fault{errc::unknown_value, "rollcall-item"};
    const auto type = from.text("event_type");
    if (!type)
        return type.error();
    from.trigger = trigger_of(*type);
    return participant_event(from);
}

}  // namespace

result<normalised, fault> normalise(const intake_record& record)
{
    thread_local json_tree tree;
    if (auto parsed = tree.parse(record.body); !parsed)
        return parsed.error();
    if (tree.root().type != json_type::object)
        return fault{errc::wrong_type, ""};
    return record.item.empty() ? normalise_webhook(record, tree) : normalise_row(record, tree);
}

}  // namespace rollcall::attendee
