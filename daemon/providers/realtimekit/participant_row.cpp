#include "providers/realtimekit/participant_row.hpp"

#include "providers/json_facts.hpp"
#include "providers/realtimekit/session.hpp"

#include <algorithm>

namespace rollcall::realtimekit {
namespace {

constexpr std::string_view joining = "PEER_JOINING";
constexpr std::string_view leaving = "PEER_LEAVING";
// The connection exists, but is not in the room yet.
constexpr std::string_view created = "PEER_CREATED";

void read_peer_event(const json_tree& tree, const json_node& from, participant_row& into)
{
    if (from.type != json_type::object)
        return;
    const auto name = optional_text(tree, from, "event_name").value_or("");
    if (const auto peer = optional_text(tree, from, "peer_id"))
        into.peer = *peer;
    if (name == created)
        return;
    if (name != joining && name != leaving) {
        ++into.unknown;
        return;
    }
    bool bad = false;
    const auto at = row_time(tree, from, "created_at", bad);
    if (!at) {  // without one it cannot be told when it was
        ++into.bad_times;
        return;
    }
    into.changes.push_back({name == joining, *at, optional_text(tree, from, "id")});
}

void read_row_times(const json_tree& tree, const json_node& from, participant_row& into)
{
    bool bad_join = false, bad_leave = false;
    const auto joined = row_time(tree, from, "joined_at", bad_join);
    const auto left = row_time(tree, from, "left_at", bad_leave);
    into.bad_times += (bad_join ? 1U : 0U) + (bad_leave ? 1U : 0U);
    if (joined)
        into.changes.push_back({true, *joined, std::nullopt});
    if (left)
        into.changes.push_back({false, *left, std::nullopt});
}

}  // namespace

result<participant_row, fault> read_participant_row(const json_tree& tree, const json_node& object)
{
    const auto id = required(tree, object, "", "id", json_type::string);
    if (!id)
        return id.error();
    participant_row row;
    row.id = (*id)->text;
    row.peer = row.id;
    row.custom_id = optional_text(tree, object, "custom_participant_id");
    row.name = optional_text(tree, object, "display_name");
    if (const auto* const events = tree.find(object, "peer_events");
        events != nullptr && events->type == json_type::array) {
        row.has_events = events->children > 0;
        for (const auto index : tree.children(*events))
            read_peer_event(tree, tree[index], row);
    }
    if (!row.has_events)
        read_row_times(tree, object, row);
    // Their order is not promised. At one moment a peer comes before it goes.
    std::ranges::stable_sort(row.changes, [](const peer_event& a, const peer_event& b) {
        return a.at != b.at ? a.at < b.at : a.joins && !b.joins;
    });
    return row;
}

result<participant_row, fault> read_participant_row(std::string_view body)
{
    thread_local json_tree tree;
    if (auto parsed = tree.parse(body); !parsed)
        return parsed.error();
    return read_participant_row(tree, tree.root());
}

std::uint64_t mark_of(const participant_row& row)
{
    std::string facts = row.id + '\n' + row.peer + '\n' + row.custom_id.value_or("") + '\n' +
                        row.name.value_or("") + (row.has_events ? "\n+" : "\n-");
    for (const auto& each : row.changes)
        facts.append(each.joins ? "+" : "-")
            .append(std::to_string(each.at.time_since_epoch().count()));
    return digest(facts);
}

}  // namespace rollcall::realtimekit
