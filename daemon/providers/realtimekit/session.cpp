#include "providers/realtimekit/session.hpp"

#include "providers/json_facts.hpp"

#include <functional>

namespace rollcall::realtimekit {

std::optional<timestamp> row_time(
    const json_tree& tree, const json_node& object, std::string_view key, bool& bad
)
{
    const auto* const written = tree.find(object, key);
    if (written == nullptr || written->type == json_type::null ||
        (written->type == json_type::string && written->text.empty()))
        return std::nullopt;
    if (written->type == json_type::string)
        if (const auto at = plausible_instant(written->text, "", key))
            return *at;
    bad = true;
    return std::nullopt;
}

result<session_facts, fault> read_session(std::string_view body)
{
    thread_local json_tree tree;
    if (auto parsed = tree.parse(body); !parsed)
        return parsed.error();
    const auto& root = tree.root();
    const auto id = required(tree, root, "", "id", json_type::string);
    if (!id)
        return id.error();
    session_facts found;
    found.id = (*id)->text;
    found.meeting = optional_text(tree, root, "associated_id").value_or("");
    bool bad_start = false, bad_end = false;
    found.started_at = row_time(tree, root, "started_at", bad_start);
    found.ended_at = row_time(tree, root, "ended_at", bad_end);
    found.bad_times = (bad_start ? 1U : 0U) + (bad_end ? 1U : 0U);
    found.over = found.ended_at || optional_text(tree, root, "status").value_or("") == "ENDED";
    return found;
}

std::uint64_t digest(std::string_view text)
{
    return std::hash<std::string_view>{}(text);
}

}  // namespace rollcall::realtimekit
