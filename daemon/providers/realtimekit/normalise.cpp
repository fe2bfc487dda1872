#include "providers/realtimekit/normalise.hpp"

#include "providers/json_facts.hpp"
#include "providers/new_event.hpp"
#include "providers/realtimekit/api.hpp"
#include "providers/realtimekit/identity.hpp"
#include "providers/realtimekit/normalise_row.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace rollcall::realtimekit {
namespace {

// A webhook that becomes an event, and where its time stands.
struct reading {
    std::string_view name;
    kind what;
    std::string_view time;
};
constexpr std::array<reading, 4> readings{{
    {"meeting.started", kind::meeting_started, "startedAt"},
    {"meeting.ended", kind::meeting_ended, "endedAt"},
    {"meeting.participantJoined", kind::participant_joined, "joinedAt"},
    {"meeting.participantLeft", kind::participant_left, "leftAt"},
}};

const reading* reading_of(std::string_view name)
{
    for (const auto& each : readings)
        if (each.name == name)
            return &each;
    return nullptr;
}

// An object of the body, with the way to it.
struct part {
    const json_tree* tree;
    const json_node* object;
    std::string_view path;

    result<std::string, fault> text(std::string_view key) const
    {
        const auto member = required(*tree, *object, path, key, json_type::string);
        if (!member)
            return member.error();
        return std::string{(*member)->text};
    }
    // RFC 3339, also with a space for the T; some of theirs end in a stray quote.
    result<timestamp, fault> time(std::string_view key) const
    {
        const auto member = required(*tree, *object, path, key, json_type::string);
        if (!member)
            return member.error();
        auto written = (*member)->text;
        while (!written.empty() && (written.back() == '"' || written.back() == ' '))
            written.remove_suffix(1);
        return plausible_instant(written, path, key);
    }
    std::optional<std::string> optional(std::string_view key) const
    {
        return optional_text(*tree, *object, key);
    }
};

result<part, fault> part_of(const json_tree& tree, std::string_view name, std::string_view path)
{
    const auto found = required(tree, tree.root(), "", name, json_type::object);
    if (!found)
        return found.error();
    return part{&tree, *found, path};
}

// The session a webhook is about: as it says, or, where it names only its permanent meeting, as the
// API has told since. Nothing: not yet.
result<std::optional<std::string>, fault> session_of(const part& meeting, std::string_view key)
{
    const auto named = meeting.text("sessionId");
    if (named)
        return std::optional{*named};
    const bool missing = meeting.optional("id") && named.error().code == errc::missing_field;
    if (!missing || key.empty() || key == *meeting.optional("id"))
        return named.error();
    return key.starts_with(meeting_prefix) ? std::nullopt : std::optional{std::string{key}};
}

meeting_facts read_meeting(const part& from, std::string session)
{
    meeting_facts meeting;
    meeting.id = session;
    meeting.session_id = std::move(session);
    meeting.title = from.optional("title");
    if (from.optional("id")) {
        meeting.metadata = R"({"meeting_id":)";
        append_member(meeting.metadata, *from.tree, *from.object, "id");
        meeting.metadata += '}';
    }
    return meeting;
}

result<participant_facts, fault> read_participant(const part& from)
{
    auto peer = from.text("peerId");
    if (!peer)
        return peer.error();
    participant_facts who;
    who.id = *std::move(peer);
    who.user_id = from.optional("customParticipantId");
    if (!who.user_id)
        who.user_id = from.optional("clientSpecificId");  // its deprecated twin
    who.name = from.optional("userDisplayName");
    return who;
}

// It waits until the API has told which session of its meeting began then.
result<normalised, fault> wait_for_session(const part& meeting, const reading& by)
{
    const auto began = meeting.time("startedAt");
    if (!began)
        return began.error();
    normalised nothing{{}, std::string{by.name}};
    nothing.waits_for = awaited_meeting{
        name_of(*meeting.optional("id"), *began), {errc::missing_field, "meeting.sessionId"}};
    return nothing;
}

result<normalised, fault> read_event(
    const intake_record& record, const json_tree& tree, const reading& by
)
{
    const auto meeting = part_of(tree, "meeting", "meeting.");
    if (!meeting)
        return meeting.error();
    const auto session = session_of(*meeting, record.key);
    if (!session)
        return session.error();
    if (!*session)
        return wait_for_session(*meeting, by);

    auto made = new_event(record, by.what, by.name);
    made.meeting = read_meeting(*meeting, **session);
    made.identity = identity_of(**session, by.what);
    auto timed_by = *meeting;
    if (by.what == kind::meeting_ended)
        made.data = chosen_members(tree, tree.root(), {"reason"});
    if (by.what == kind::participant_joined || by.what == kind::participant_left) {
        const auto participant = part_of(tree, "participant", "participant.");
        if (!participant)
            return participant.error();
        auto who = read_participant(*participant);
        if (!who)
            return who.error();
        made.participant = *std::move(who);
        made.identity = identity_of(**session, made.participant->id, by.what);
        made.counts_occurrences = true;
        timed_by = *participant;
    }
    const auto at = timed_by.time(by.time);
    const bool polled = !meeting->optional("sessionId");  // else it would still wait
    if (!at && polled && at.error().code == errc::missing_field)
        return normalised{{}, std::string{by.name} + "/no time", tracking_sign::seen};
    if (!at)
        return at.error();
    made.occurred_at = *at;
    const auto sign = by.what == kind::meeting_ended ? tracking_sign::ended : tracking_sign::seen;
    return normalised{{std::move(made)}, {}, sign};
}

}  // namespace

bool becomes_event(std::string_view name)
{
    return reading_of(name) != nullptr;
}

std::array<std::string_view, 4> event_names()
{
    std::array<std::string_view, 4> names;
    std::ranges::transform(readings, names.begin(), &reading::name);
    return names;
}

result<normalised, fault> normalise(const intake_record& record)
{
    thread_local json_tree tree;
    if (auto parsed = tree.parse(record.body); !parsed)
        return parsed.error();
    if (tree.root().type != json_type::object)
        return fault{errc::wrong_type, ""};
    if (!record.item.empty())
        return normalise_row(record, tree);
    const auto name = required(tree, tree.root(), "", "event", json_type::string);
    if (!name)
        return name.error();
    const auto* const by = reading_of((*name)->text);
    if (by == nullptr)
        return normalised{{}, std::string{(*name)->text}};
    return read_event(record, tree, *by);
}

}  // namespace rollcall::realtimekit
