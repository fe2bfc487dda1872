#include "providers/recall/objects.hpp"

#include "providers/json_facts.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::recall {
namespace {

std::optional<timestamp> optional_instant(
    const json_tree& tree, const json_node& object, std::string_view key
)
{
    const auto at = instant(tree, object, "", key);
    return at ? std::optional{*at} : std::nullopt;
}

const json_node* member_object(const json_tree& tree, const json_node* object, std::string_view key)
{
    const auto* const found = object != nullptr ? tree.find(*object, key) : nullptr;
    return found != nullptr && found->type == json_type::object ? found : nullptr;
}

std::string text_or_empty(const json_tree& tree, const json_node* object, std::string_view key)
{
    return object != nullptr ? optional_text(tree, *object, key).value_or("") : std::string{};
}

artifact_status status_of(std::string_view code)
{
    return code == "done"      ? artifact_status::done
           : code == "failed"  ? artifact_status::failed
           : code == "deleted" ? artifact_status::deleted
                               : artifact_status::processing;
}

// A guide has one link, and one id where there is an object elsewhere.
void read_links(const json_tree& tree, const json_node* data, artifact_facts& into)
{
    into.events_url = text_or_empty(tree, data, "participant_events_download_url");
    if (into.events_url.empty())
        into.events_url = text_or_empty(tree, data, "download_url");
    into.participants_url = text_or_empty(tree, data, "participants_download_url");
    into.timeline_url = text_or_empty(tree, data, "speaker_timeline_download_url");
}

std::string code_data(std::string_view code, std::string_view sub_code)
{
    const auto quoted = [](std::string_view text) {
        const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) {
            return c >= ' ' && c < 0x7F && c != '"' && c != '\\';
        });
        return plain ? std::string{"\""}.append(text).append("\"") : std::string{"null"};
    };
    return R"({"code":)" + quoted(code) + R"(,"sub_code":)" + quoted(sub_code) + "}";
}

struct bot_state {
    std::string code, sub_code;
    timestamp at{};
};

// In the order of time.
std::vector<bot_state> states_of(const json_tree& tree, const json_node& bot)
{
    std::vector<bot_state> states;
    const auto* const changes = tree.find(bot, "status_changes");
    if (changes == nullptr || changes->type != json_type::array)
        return states;
    for (const auto index : tree.children(*changes)) {
        const auto& each = tree[index];
        const auto at = optional_instant(tree, each, "created_at");
        if (!at)
            continue;
        states.push_back(
            {text_or_empty(tree, &each, "code"), text_or_empty(tree, &each, "sub_code"), *at}
        );
    }
    std::ranges::stable_sort(states, {}, &bot_state::at);
    return states;
}

}  // namespace

result<artifact_facts, fault> read_artifact(const json_tree& tree, const json_node& artifact)
{
    const auto id = required(tree, artifact, "", "id", json_type::string);
    if (!id)
        return id.error();
    const auto* const status = member_object(tree, &artifact, "status");
    if (status == nullptr)
        return fault{errc::missing_field, "status"};
    artifact_facts found;
    found.id = (*id)->text;
    found.recording = text_or_empty(tree, member_object(tree, &artifact, "recording"), "id");
    if (found.recording.empty())
        found.recording = text_or_empty(tree, &artifact, "recording_id");
    found.status = status_of(text_or_empty(tree, status, "code"));
    found.updated_at = optional_instant(tree, *status, "updated_at");
    found.created_at = optional_instant(tree, artifact, "created_at");
    read_links(tree, member_object(tree, &artifact, "data"), found);
    return found;
}

result<recording_facts, fault> read_recording(
    const json_tree& tree, const json_node& recording, std::string_view path
)
{
    const auto id = required(tree, recording, path, "id", json_type::string);
    if (!id)
        return id.error();
    recording_facts found;
    found.id = (*id)->text;
    if (const auto* const status = member_object(tree, &recording, "status")) {
        found.code = text_or_empty(tree, status, "code");
        found.sub_code = text_or_empty(tree, status, "sub_code");
        found.updated_at = optional_instant(tree, *status, "updated_at");
    }
    found.created_at = optional_instant(tree, recording, "created_at");
    found.started_at = optional_instant(tree, recording, "started_at");
    found.completed_at = optional_instant(tree, recording, "completed_at");
    const auto* const shortcuts = member_object(tree, &recording, "media_shortcuts");
    const auto* artifact = member_object(tree, shortcuts, "participant_events");
    if (artifact == nullptr)
        artifact = member_object(tree, &recording, "participant_events");
    if (artifact != nullptr)
        if (auto read = read_artifact(tree, *artifact))
            found.artifact = std::move(*read);
    return found;
}

std::optional<state_change> start_of(const recording_facts& recording)
{
    if (!recording.started_at)
        return std::nullopt;
    return state_change{
        kind::meeting_started,
        *recording.started_at,
        "recording.processing",
        code_data("processing", {})};
}

std::optional<state_change> end_of(const recording_facts& recording)
{
    const auto at = recording.completed_at ? recording.completed_at : recording.updated_at;
    if (!recording.is_over() || !at)
        return std::nullopt;
    return state_change{
        kind::meeting_ended,
        *at,
        recording.code == "done" ? "recording.done" : "recording.failed",
        code_data(recording.code, recording.sub_code)};
}

result<bot_facts, fault> read_bot(
    const json_tree& tree, const json_node& bot, const json_node* recording
)
{
    // How far the times of a recording and of the state that it began with may lie apart.
    constexpr milliseconds slack = std::chrono::minutes{1};
    const auto id = required(tree, bot, "", "id", json_type::string);
    if (!id)
        return id.error();
    bot_facts found;
    found.id = (*id)->text;
    const auto made =
        recording != nullptr ? optional_instant(tree, *recording, "created_at") : std::nullopt;
    for (const auto& state : states_of(tree, bot)) {
        found.code = state.code;
        found.is_over = state.code == "done" || state.code == "fatal";
        if (made && state.at < *made - slack)
            continue;
        if (state.code == "in_call_recording" && !found.started) {
            found.started = state_change{
                kind::meeting_started,
                state.at,
                "bot.in_call_recording",
                code_data(state.code, state.sub_code)};
        } else if (!found.ended && (state.code == "call_ended" || found.is_over)) {
            found.ended = state_change{
                kind::meeting_ended,
                state.at,
                state.code == "call_ended" ? "bot.call_ended"
                : state.code == "done"     ? "bot.done"
                                           : "bot.fatal",
                code_data(state.code, state.sub_code)};
        }
    }
    return found;
}

const json_node* latest_recording(const json_tree& tree, const json_node& bot)
{
    const auto* const recordings = tree.find(bot, "recordings");
    if (recordings == nullptr || recordings->type != json_type::array)
        return nullptr;
    const json_node* latest = nullptr;
    std::optional<timestamp> made;
    for (const auto index : tree.children(*recordings)) {
        const auto& each = tree[index];
        const auto at = optional_instant(tree, each, "created_at");
        if (text_or_empty(tree, &each, "id").empty() || (made && at && *at < *made))
            continue;
        latest = &each;
        made = at ? at : made;
    }
    return latest;
}

std::string stored_artifact(const json_tree& tree, const json_node& artifact)
{
    return chosen_members(
        tree, artifact, {"id", "recording", "recording_id", "created_at", "status", "metadata"}
    );
}

std::string stored_recording(const json_tree& tree, const json_node& recording)
{
    return chosen_members(
        tree,
        recording,
        {"id", "created_at", "started_at", "completed_at", "status", "bot", "metadata"}
    );
}

std::string stored_bot(const json_tree& tree, const json_node& bot, const json_node& recording)
{
    auto text = chosen_members(tree, bot, {"id", "status_changes", "metadata"});
    text.pop_back();
    text.append(R"(,"recording":)").append(stored_recording(tree, recording));
    return text += '}';
}

}  // namespace rollcall::recall
