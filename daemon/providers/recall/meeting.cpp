#include "providers/recall/meeting.hpp"

#include "providers/canonical_json.hpp"
#include "providers/json_facts.hpp"

#include <map>
#include <string>

namespace rollcall::recall {
namespace {

std::string merged_metadata(const json_tree& tree, const json_node* bot, const json_node* recording)
{
    std::map<std::string_view, const json_node*> merged;
    for (const auto* const from : {bot, recording}) {
        const auto* const metadata = from != nullptr ? tree.find(*from, "metadata") : nullptr;
        if (metadata == nullptr || metadata->type != json_type::object)
            continue;
        for (const auto index : tree.children(*metadata)) {
            const auto& member = tree[index];
            const auto [place, fresh] = merged.try_emplace(member.key, &member);
            if (!fresh && member.type != json_type::null)
                place->second = &member;
        }
    }
    std::string text;
    for (const auto& [key, member] : merged) {
        text += text.empty() ? '{' : ',';
        append_canonical_member(text, tree, *member);
    }
    return text.empty() ? "{}" : text += '}';
}

}  // namespace

result<meeting_facts, fault> read_meeting(
    const json_tree& tree, const json_node& recording, const json_node* bot, std::string_view path
)
{
    const auto id = required(tree, recording, path, "id", json_type::string);
    if (!id)
        return id.error();
    meeting_facts meeting;
    meeting.id = (*id)->text;
    meeting.recording_id = meeting.id;
    if (bot != nullptr)
        meeting.bot_id = optional_text(tree, *bot, "id");
    meeting.metadata = merged_metadata(tree, bot, &recording);
    return meeting;
}

}  // namespace rollcall::recall
