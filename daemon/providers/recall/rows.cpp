#include "providers/recall/rows.hpp"

#include "providers/json_facts.hpp"
#include "providers/new_event.hpp"
#include "providers/recall/action.hpp"
#include "providers/recall/identity.hpp"
#include "providers/recall/item.hpp"
#include "providers/recall/meeting.hpp"
#include "providers/recall/objects.hpp"
#include "providers/recall/participant.hpp"
#include "providers/recall/webhooks.hpp"

#include <string>
#include <utility>

namespace rollcall::recall {
namespace {

constexpr std::string_view action_prefix = "participant_events.";

struct row {
    const intake_record& record;
    std::string_view region;
    const json_tree& tree;
    const json_node& root;
};

// A download's rows name no recording: it is the one that was downloaded.
event new_event(const row& from, kind what, std::string_view type, timestamp at)
{
    auto made = rollcall::new_event(from.record, what, type);
    made.meeting.id = from.record.key;
    made.meeting.recording_id = from.record.key;
    made.occurred_at = at;
    made.number = from.record.number;
    return made;
}

normalised holding(event made)
{
    normalised found;
    found.events.push_back(std::move(made));
    return found;
}

result<normalised, fault> participant_event(const row& from)
{
    const auto name = required(from.tree, from.root, "", "action", json_type::string);
    if (!name)
        return name.error();
    const auto full = std::string{action_prefix}.append((*name)->text);
    const auto* const known = find_webhook(full);
    if (known == nullptr || known->shape != webhook_shape::action)
        return normalised{{}, full};
    auto done = read_action(from.tree, from.root, "", *known->becomes);
    if (!done)
        return done.error();
    auto made =
        new_event(from, *known->becomes, full, done->at.absolute.value_or(from.record.received_at));
    identify(made, from.region, (*name)->text, *done);
    made.provider_event_id = optional_text(from.tree, from.root, "id");
    made.data = std::move(done->data);
    made.participant = std::move(done->who);
    return holding(std::move(made));
}

// The time is that of the participant's last event; what tells two of them apart is what is known.
result<normalised, fault> late_knowledge(const row& from)
{
    constexpr auto what = kind::participant_updated;
    auto done = read_action(from.tree, from.root, "", what);
    if (!done)
        return done.error();
    if (!done->at.absolute)
        return fault{errc::missing_field, "timestamp.absolute"};
    const std::string type = std::string{action_prefix}.append("update");
    auto made = new_event(from, what, type, *done->at.absolute);
    made.identity = knowledge_identity(
        from.region,
        from.record.key,
        done->who.id,
        done->who.name.value_or(""),
        done->who.email.value_or("")
    );
    made.data = std::move(done->data);
    made.participant = std::move(done->who);
    return holding(std::move(made));
}

// One end of a stretch of speech; nothing where it has no such end.
result<std::optional<event>, fault> speech_edge(
    const row& from, std::string_view key, kind what, std::string_view name
)
{
    const auto* const time = from.tree.find(from.root, key);
    if (time == nullptr || time->type != json_type::object)
        return std::optional<event>{};
    const auto* const absolute = from.tree.find(*time, "absolute");
    if (absolute == nullptr || absolute->type == json_type::null)
        return std::optional<event>{};
    const auto at = instant(from.tree, *time, std::string{key}.append("."), "absolute");
    if (!at)
        return at.error();
    const auto who = required(from.tree, from.root, "", "participant", json_type::object);
    if (!who)
        return who.error();
    auto participant = read_participant(from.tree, **who, "participant.");
    if (!participant)
        return participant.error();
    auto made = new_event(from, what, std::string{action_prefix}.append(name), *at);
    const action done{std::move(*participant), {.absolute = *at}, std::nullopt, {}};
    identify(made, from.region, name, done);
    made.participant = done.who;
    made.stands_in = true;
    return std::optional{std::move(made)};
}

result<normalised, fault> speech(const row& from)
{
    auto began =
        speech_edge(from, "start_timestamp", kind::participant_speech_started, "speech_on");
    if (!began)
        return began.error();
    auto ended = speech_edge(from, "end_timestamp", kind::participant_speech_stopped, "speech_off");
    if (!ended)
        return ended.error();
    if (!*began)
        return fault{errc::missing_field, "start_timestamp.absolute"};
    normalised found;
    found.events.push_back(std::move(**began));
    if (*ended)
        found.events.push_back(std::move(**ended));
    return found;
}

event meeting_event(const row& from, meeting_facts meeting, const state_change& change)
{
    auto made = rollcall::new_event(from.record, change.what, change.type);
    made.identity = meeting_identity(from.region, meeting.id, change.what);
    made.meeting = std::move(meeting);
    made.occurred_at = change.at;
    made.data = change.data;
    return made;
}

result<normalised, fault> recording(const row& from)
{
    const auto found = read_recording(from.tree, from.root, "");
    if (!found)
        return found.error();
    auto meeting = read_meeting(from.tree, from.root, from.tree.find(from.root, "bot"), "");
    if (!meeting)
        return meeting.error();
    normalised made;
    if (const auto started = start_of(*found))
        made.events.push_back(meeting_event(from, *meeting, *started));
    if (const auto ended = end_of(*found))
        made.events.push_back(meeting_event(from, std::move(*meeting), *ended));
    if (made.events.empty())
        made.ignored = "recording that has not begun";
    return made;
}

result<normalised, fault> bot(const row& from)
{
    const auto of = required(from.tree, from.root, "", "recording", json_type::object);
    if (!of)
        return of.error();
    const auto found = read_bot(from.tree, from.root, *of);
    if (!found)
        return found.error();
    auto meeting = read_meeting(from.tree, **of, &from.root, "recording.");
    if (!meeting)
        return meeting.error();
    normalised made;
    made.sign = tracking_sign::seen;
    if (const auto& started = found->started)
        made.events.push_back(meeting_event(from, *meeting, *started));
    if (const auto& ended = found->ended) {
        made.events.push_back(meeting_event(from, std::move(*meeting), *ended));
        made.sign = tracking_sign::ended;
    }
    if (made.events.empty())
        made.ignored = "bot that has not begun";
    return made;
}

result<normalised, fault> listed_artifact(const row& from)
{
    const auto found = read_artifact(from.tree, from.root);
    if (!found)
        return found.error();
    normalised made{{}, std::string{item::artifact}};
    made.sign = found->status == artifact_status::processing ? tracking_sign::seen
                : found->status == artifact_status::deleted  ? tracking_sign::none
                                                             : tracking_sign::ended;
    return made;
}

}  // namespace

result<normalised, fault> normalise_row(const intake_record& record, std::string_view region)
{
    thread_local json_tree tree;
    if (auto parsed = tree.parse(record.body); !parsed)
        return parsed.error();
    if (tree.root().type != json_type::object)
        return fault{errc::wrong_type, ""};
    using reader = result<normalised, fault> (*)(const row&);
    struct known_item {
        std::string_view name;
        reader read;
    };
    static constexpr known_item known[] = {
        {item::participant_event, participant_event},
        {item::participant, late_knowledge},
        {item::speech, speech},
        {item::recording, recording},
        {item::bot, bot},
        {item::artifact, listed_artifact},
    };
    for (const auto& each : known)
        if (each.name == record.item)
            return each.read({record, region, tree, tree.root()});
    return fault{errc::unknown_value, "rollcall-item"};
}

}  // namespace rollcall::recall
