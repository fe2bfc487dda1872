#include "providers/recall/mark.hpp"

#include "providers/json_facts.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <utility>

namespace rollcall::recall {
namespace {

std::optional<std::uint64_t> count_in(
    const json_tree& tree, const json_node& object, std::string_view key
)
{
    const auto* const found = tree.find(object, key);
    if (found == nullptr || found->type != json_type::number)
        return std::nullopt;
    std::uint64_t count = 0;
    const auto text = found->text;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
    return read.ec == std::errc{} ? std::optional{count} : std::nullopt;
}

std::optional<std::string> value_of(std::string_view name, const settled_facts& with)
{
    constexpr std::string_view unknown = "unknown";
    const auto number = [&](const std::optional<std::uint64_t>& count) {
        return count ? std::to_string(*count) : std::string{unknown};
    };
    if (name == "source")
        return with.source;
    if (name == "meeting")
        return with.meeting;
    if (name == "settled_at")
        return with.settled_at.empty() ? std::string{unknown} : with.settled_at;
    if (name == "participants")
        return number(with.participants);
    if (name == "events")
        return number(with.events);
    if (name == "recovered")
        return number(with.recovered);
    if (name == "derived")
        return number(with.derived);
    return std::nullopt;
}

std::string body_of(const std::map<std::string, std::optional<std::string>>& metadata)
{
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> out{text};
    out.StartObject();
    out.Key("metadata");
    out.StartObject();
    for (const auto& [key, value] : metadata) {
        out.Key(key.c_str(), static_cast<rapidjson::SizeType>(key.size()));
        if (value)
            out.String(*value);
        else
            out.Null();
    }
    out.EndObject();
    out.EndObject();
    return {text.GetString(), text.GetSize()};
}

}  // namespace

settled_facts read_settled(std::string_view told, std::string_view meeting)
{
    settled_facts facts{.meeting = std::string{meeting}};
    json_tree tree;
    if (!tree.parse(told) || tree.root().type != json_type::object)
        return facts;
    const auto& root = tree.root();
    facts.source = optional_text(tree, root, "source").value_or("");
    facts.settled_at = optional_text(tree, root, "at").value_or("");
    facts.participants = count_in(tree, root, "participants");
    facts.events = count_in(tree, root, "events");
    facts.recovered = count_in(tree, root, "recovered");
    facts.derived = count_in(tree, root, "derived");
    return facts;
}

std::string filled(std::string_view text, const settled_facts& with)
{
    std::string made;
    while (!text.empty()) {
        const auto open = std::min(text.find('{'), text.size());
        made.append(text.substr(0, open));
        text.remove_prefix(open);
        const auto close = text.find('}');
        if (close == std::string_view::npos)
            return made.append(text);
        const auto value = value_of(text.substr(1, close - 1), with);
        if (value) {
            made.append(*value);
            text.remove_prefix(close + 1);
        } else {
            made += text.front();
            text.remove_prefix(1);
        }
    }
    return made;
}

std::optional<std::string> marking_body(
    const json_tree& tree,
    const json_node& artifact,
    const mark_templates& marks,
    const settled_facts& with
)
{
    std::map<std::string, std::optional<std::string>> metadata;
    if (const auto* const has = tree.find(artifact, "metadata");
        has && has->type == json_type::object)
        for (const auto index : tree.children(*has)) {
            const auto& member = tree[index];
            const bool is_text = member.type == json_type::string;
            metadata[std::string{member.key}] =
                is_text ? std::optional{std::string{member.text}} : std::nullopt;
        }
    bool changes = false;
    for (const auto& [key, text] : marks) {
        auto& value = metadata[key];
        auto wanted = filled(text, with);
        changes = changes || value != wanted;
        value = std::move(wanted);
    }
    if (!changes)
        return std::nullopt;
    return body_of(metadata);
}

}  // namespace rollcall::recall
