#include "providers/recall/participant.hpp"

#include "providers/json_facts.hpp"

#include <charconv>
#include <cstdint>
#include <string>

namespace rollcall::recall {
namespace {

// In one form, however it was written: it is part of identities.
result<std::string, fault> read_id(
    const json_tree& tree, const json_node& participant, std::string_view path
)
{
    const auto fail = [path](errc why) { return fault{why, std::string{path}.append("id")}; };
    const auto* const id = tree.find(participant, "id");
    if (id == nullptr || id->type == json_type::null)
        return fail(errc::missing_field);
    if (id->type != json_type::number && id->type != json_type::string)
        return fail(errc::wrong_type);
    if (id->text.empty())
        return fail(errc::missing_field);
    std::int64_t number = 0;
    const auto* const end = id->text.data() + id->text.size();
    const auto parsed = std::from_chars(id->text.data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end)
        return fail(errc::wrong_type);
    return std::to_string(number);
}

std::optional<std::string> lasting_id(const json_tree& tree, const json_node& participant)
{
    const auto* const extra = tree.find(participant, "extra_data");
    if (extra == nullptr)
        return std::nullopt;
    if (const auto* const zoom = tree.find(*extra, "zoom"))
        return optional_text(tree, *zoom, "conf_user_id");
    if (const auto* const teams = tree.find(*extra, "microsoft_teams"))
        return optional_text(tree, *teams, "user_id");
    return std::nullopt;
}

}  // namespace

result<participant_facts, fault> read_participant(
    const json_tree& tree, const json_node& participant, std::string_view path
)
{
    auto id = read_id(tree, participant, path);
    if (!id)
        return id.error();
    participant_facts who;
    who.id = std::move(*id);
    who.user_id = lasting_id(tree, participant);
    who.name = optional_text(tree, participant, "name");
    who.email = optional_text(tree, participant, "email");
    who.is_host = optional_flag(tree, participant, "is_host");
    who.platform = optional_text(tree, participant, "platform");
    return who;
}

}  // namespace rollcall::recall
