#include "providers/realtimekit/normalise_row.hpp"

#include "providers/canonical_json.hpp"
#include "providers/json_facts.hpp"
#include "providers/new_event.hpp"
#include "providers/realtimekit/api.hpp"
#include "providers/realtimekit/identity.hpp"
#include "providers/realtimekit/participant_row.hpp"
#include "providers/realtimekit/session.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rollcall::realtimekit {
namespace {

// The webhook's names.
constexpr std::string_view type_of(kind what)
{
    switch (what) {
        case kind::meeting_started:
            return "meeting.started";
        case kind::meeting_ended:
            return "meeting.ended";
        case kind::participant_joined:
            return "meeting.participantJoined";
        case kind::participant_left:
            return "meeting.participantLeft";
        default:
            return item::details;  // no webhook tells it
    }
}

event made_of(const intake_record& record, kind what, timestamp at)
{
    auto made = new_event(record, what, type_of(what));
    made.occurred_at = at;
    return made;
}

// ---- a session ----------------------------------------------------------------------------------

meeting_facts meeting_of(const json_tree& tree, const session_facts& session)
{
    meeting_facts meeting;
    meeting.id = session.id;
    meeting.session_id = session.id;
    meeting.title = optional_text(tree, tree.root(), "meeting_display_name");
    if (!session.meeting.empty()) {
        meeting.metadata = R"({"meeting_id":)";
        append_member(meeting.metadata, tree, tree.root(), "associated_id");
        meeting.metadata += '}';
    }
    return meeting;
}

// Of one that is over, and whose end cannot be read: the last change of its row was that.
std::optional<timestamp> end_of(const json_tree& tree, const session_facts& session)
{
    bool bad = false;
    if (!session.over || session.ended_at)
        return session.ended_at;
    return row_time(tree, tree.root(), "updated_at", bad);
}

result<normalised, fault> session_row(const intake_record& record, const json_tree& tree)
{
    const auto session = read_session(record.body);
    if (!session)
        return session.error();
    normalised found;
    found.left_out = session->bad_times;
    const auto add = [&](kind what, std::optional<timestamp> at) {
        if (!at)
            return;
        auto made = made_of(record, what, *at);
        made.meeting = meeting_of(tree, *session);
        made.identity = identity_of(session->id, what);
        if (what == kind::meeting_ended)
            made.data = R"({"reason":null})";
        found.events.push_back(std::move(made));
    };
    add(kind::meeting_started, session->started_at);
    add(kind::meeting_ended, end_of(tree, *session));
    if (found.events.empty())
        found.ignored = record.item;
    // The session's own plan knows what it has asked for.
    if (record.item == item::session)
        found.sign = session->over ? tracking_sign::ended : tracking_sign::seen;
    return found;
}

// A session that a webhook without a session's id may belong to.
result<normalised, fault> session_of_meeting(const intake_record& record)
{
    const auto session = read_session(record.body);
    if (!session)
        return session.error();
    normalised found{{}, std::string{record.item}};
    found.left_out = session->bad_times;
    if (session->started_at)
        found.named = meeting_name{name_of(session->meeting, *session->started_at), session->id};
    return found;
}

// ---- a participant ------------------------------------------------------------------------------

void set_participant(event& of, const participant_row& row, std::string_view session, kind what)
{
    of.meeting.id = session;
    of.meeting.session_id = std::string{session};
    auto& who = of.participant.emplace();
    who.id = row.peer;
    who.user_id = row.custom_id;
    who.name = row.name;
    of.identity = identity_of(session, row.peer, what);
    if (row.id != row.peer)
        of.alias = row.id;
}

result<normalised, fault> participant_changes(const intake_record& record, const json_tree& tree)
{
    const auto row = read_participant_row(tree, tree.root());
    if (!row)
        return row.error();
    normalised found;
    found.left_out = row->unknown + row->bad_times;
    for (const auto& change : row->changes) {
        const auto what = change.joins ? kind::participant_joined : kind::participant_left;
        auto made = made_of(record, what, change.at);
        set_participant(made, *row, record.key, what);
        made.counts_occurrences = true;
        made.only_one = std::ranges::count(row->changes, change.joins, &peer_event::joins) == 1;
        found.events.push_back(std::move(made));
    }
    if (found.events.empty())
        found.ignored = record.item;
    return found;
}

// What a participant's row always has; the rest is what the filters have brought.
constexpr std::array<std::string_view, 14> usual{
    "id",
    "user_id",
    "custom_participant_id",
    "display_name",
    "preset_name",
    "role",
    "session_id",
    "picture",
    "created_at",
    "updated_at",
    "joined_at",
    "left_at",
    "duration",
    "peer_events"};

std::string details_of(const json_tree& tree)
{
    std::string text = "{";
    for (const auto index : tree.children(tree.root())) {
        const auto& member = tree[index];
        if (std::ranges::find(usual, member.key) != usual.end() || !member.key_plain)
            continue;
        text.append(text.size() > 1 ? ",\"" : "\"").append(member.key).append("\":");
        append_canonical(text, tree, member);
    }
    return text += '}';
}

result<normalised, fault> participant_details(const intake_record& record, const json_tree& tree)
{
    const auto row = read_participant_row(tree, tree.root());
    if (!row)
        return row.error();
    bool bad = false;
    const auto changed = row_time(tree, tree.root(), "updated_at", bad);
    const auto at = row->changes.empty() ? changed : row->changes.back().at;
    normalised found;
    found.left_out = row->unknown + row->bad_times;
    auto details = details_of(tree);
    if (!at || details == "{}") {
        found.ignored = record.item;
        return found;
    }
    auto made = made_of(record, kind::participant_updated, *at);
    set_participant(made, *row, record.key, made.kind);
    made.data = std::move(details);
    found.events.push_back(std::move(made));
    return found;
}

}  // namespace

result<normalised, fault> normalise_row(const intake_record& record, const json_tree& tree)
{
    if (record.item == item::session || record.item == item::followed_session)
        return session_row(record, tree);
    if (record.item == item::participant)
        return participant_changes(record, tree);
    if (record.item == item::details)
        return participant_details(record, tree);
    if (record.item == item::session_of_meeting)
        return session_of_meeting(record);
    if (record.item != item::meeting_read)
        return fault{errc::unknown_value, "rollcall-item"};
    normalised found{{}, std::string{record.item}};
    found.all_named = true;
    return found;
}

}  // namespace rollcall::realtimekit
