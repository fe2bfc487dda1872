#include "providers/attendee/bot.hpp"

#include "providers/json_facts.hpp"

#include <algorithm>
#include <array>

namespace rollcall::attendee {
namespace {

constexpr std::array<std::string_view, 16> live = {
    "ready",
    "scheduled",
    "staged",
    "joining",
    "waiting_room",
    "joined_not_recording",
    "joined_recording",
    "joined_recording_paused",
    "joined_recording_permission_denied",
    "joining_breakout_room",
    "leaving_breakout_room",
    "leaving",
    "post_processing",
    "connecting",
    "connected",
    "disconnecting",
};
constexpr std::size_t before_states = 3;  // of those
constexpr std::array<std::string_view, 3> over = {"ended", "fatal_error", deleted_state};

struct transition {
    std::string_view event_type, state;
};
// Where it depends (back from a breakout room a bot is in whichever joined state it was before) any
// state of the kind will do.
constexpr transition transitions[] = {
    {"join_requested", "joining"},
    {"staged", "staged"},
    {"put_in_waiting_room", "waiting_room"},
    {"joined_meeting", "joined_not_recording"},
    {"recording_permission_granted", "joined_recording"},
    {"recording_permission_denied", "joined_recording_permission_denied"},
    {"recording_paused", "joined_recording_paused"},
    {"recording_resumed", "joined_recording"},
    {"began_joining_breakout_room", "joining_breakout_room"},
    {"joined_breakout_room", "joined_recording"},
    {"began_leaving_breakout_room", "leaving_breakout_room"},
    {"left_breakout_room", "joined_recording"},
    {"leave_requested", "leaving"},
    {"left_meeting", "post_processing"},
    {"meeting_ended", "post_processing"},
    {"post_processing_completed", "ended"},
    {"could_not_join_meeting", "fatal_error"},
    {"fatal_error", "fatal_error"},
    {"data_deleted", "data_deleted"},
    {"app_session_connection_requested", "connecting"},
    {"app_session_connected", "connected"},
    {"app_session_disconnect_requested", "disconnecting"},
    {"app_session_disconnected", "post_processing"},
};

std::optional<timestamp> optional_instant(
    const json_tree& tree, const json_node& object, std::string_view key
)
{
    const auto at = instant(tree, object, "", key);
    return at ? std::optional{*at} : std::nullopt;
}

}  // namespace

bot_stage stage_of(std::string_view state)
{
    if (std::ranges::find(over, state) != over.end())
        return bot_stage::over;
    const auto before = std::span{live}.first<before_states>();
    return std::ranges::find(before, state) != before.end() ? bot_stage::before : bot_stage::active;
}

std::span<const std::string_view> live_states()
{
    return live;
}

std::span<const std::string_view> over_states()
{
    return over;
}

// Every change into a joined state is a sign of the start, and every one after the last of it a
// sign of the end: they have one identity, so that the ledger keeps one, and no single sign need
// arrive.
std::optional<kind> meeting_kind(std::string_view state)
{
    if (state.starts_with("joined_") || state == "connected")
        return kind::meeting_started;
    if (state == "post_processing" || stage_of(state) == bot_stage::over)
        return kind::meeting_ended;
    return std::nullopt;
}

std::string_view state_after(std::string_view event_type)
{
    const auto* const known = std::ranges::find(transitions, event_type, &transition::event_type);
    return known == std::end(transitions) ? std::string_view{} : known->state;
}

result<bot_facts, fault> read_bot(std::string_view body)
{
    thread_local json_tree tree;
    if (const auto parsed = tree.parse(body); !parsed)
        return parsed.error();
    const auto& root = tree.root();
    if (root.type != json_type::object)
        return fault{errc::wrong_type, ""};
    const auto id = required(tree, root, "", "id", json_type::string);
    if (!id)
        return id.error();
    const auto state = required(tree, root, "", "state", json_type::string);
    if (!state)
        return state.error();

    bot_facts found;
    found.id = (*id)->text;
    found.state = (*state)->text;
    found.join_at = optional_instant(tree, root, "join_at");
    const auto* events = tree.find(root, "events");
    if (events != nullptr && events->type == json_type::array && events->children != 0) {
        const auto each = tree.children(*events);
        found.first_event = optional_instant(tree, tree[each.front()], "created_at");
        found.last_event = optional_instant(tree, tree[each.back()], "created_at");
    }
    return found;
}

}  // namespace rollcall::attendee
