#include "providers/json_facts.hpp"

#include "providers/canonical_json.hpp"

#include <charconv>

namespace rollcall {
namespace {

constexpr timestamp earliest = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};
constexpr timestamp latest = std::chrono::sys_days{std::chrono::year{2100} / 1 / 1};

result<timestamp, fault> plausible(timestamp at, std::string_view path, std::string_view key)
{
    if (at < earliest || at >= latest)
        return fault{errc::bad_time, std::string{path}.append(key)};
    return at;
}

}  // namespace

std::optional<std::string> optional_text(
    const json_tree& tree, const json_node& object, std::string_view key
)
{
    const auto* member = tree.find(object, key);
    if (member == nullptr || member->type != json_type::string || member->text.empty())
        return std::nullopt;
    return std::string{member->text};
}

std::optional<bool> optional_flag(
    const json_tree& tree, const json_node& object, std::string_view key
)
{
    const auto* member = tree.find(object, key);
    if (member == nullptr || member->type != json_type::boolean)
        return std::nullopt;
    return member->text == "true";
}

result<const json_node*, fault> required(
    const json_tree& tree,
    const json_node& object,
    std::string_view path,
    std::string_view key,
    json_type type
)
{
    const auto* member = tree.find(object, key);
    if (member == nullptr || member->type == json_type::null ||
        (type == json_type::string && member->type == type && member->text.empty()))
        return fault{errc::missing_field, std::string{path}.append(key)};
    if (member->type != type)
        return fault{errc::wrong_type, std::string{path}.append(key)};
    return member;
}

result<timestamp, fault> epoch_ms(
    const json_tree& tree, const json_node& object, std::string_view path, std::string_view key
)
{
    const auto member = required(tree, object, path, key, json_type::number);
    if (!member)
        return member.error();
    const auto token = (*member)->text;
    if (token.find_first_of(".eE") != std::string_view::npos)
        return fault{errc::wrong_type, std::string{path}.append(key)};
    std::int64_t ms = 0;
    const auto parsed = std::from_chars(token.data(), token.data() + token.size(), ms);
    const auto at = parsed.ec == std::errc{} ? timestamp{milliseconds{ms}} : timestamp::max();
    return plausible(at, path, key);
}

result<timestamp, fault> instant(
    const json_tree& tree, const json_node& object, std::string_view path, std::string_view key
)
{
    const auto written = required(tree, object, path, key, json_type::string);
    if (!written)
        return written.error();
    return plausible_instant((*written)->text, path, key);
}

result<timestamp, fault> plausible_instant(
    std::string_view written, std::string_view path, std::string_view key
)
{
    const auto at = parse_rfc3339(written);
    return plausible(at ? *at : timestamp::max(), path, key);
}

std::string object_text(const json_tree& tree, const json_node* value)
{
    std::string text;
    if (value != nullptr && value->type == json_type::object)
        append_canonical(text, tree, *value);
    else
        text = "{}";
    return text;
}

void append_member(
    std::string& out, const json_tree& tree, const json_node& object, std::string_view key
)
{
    if (const auto* member = tree.find(object, key))
        append_canonical(out, tree, *member);
    else
        out += "null";
}

std::string chosen_members(
    const json_tree& tree, const json_node& object, std::initializer_list<std::string_view> keys
)
{
    std::string text;
    for (const auto key : keys) {
        text.append(text.empty() ? "{\"" : ",\"").append(key).append("\":");
        append_member(text, tree, object, key);
    }
    return text += '}';
}

}  // namespace rollcall
