#include "providers/hooks.hpp"

#include "providers/json_facts.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <utility>

namespace rollcall {
namespace {

std::string state_of(const json_tree& tree, const json_node& hook)
{
    if (const auto enabled = optional_flag(tree, hook, "enabled"))
        return *enabled ? "enabled" : "disabled";
    const auto* const status = tree.find(hook, "status");
    if (status == nullptr)
        return {};
    return status->type == json_type::object ? optional_text(tree, *status, "code").value_or("")
                                             : std::string{status->text};
}

registered_hook read_hook(const json_tree& tree, const json_node& from)
{
    registered_hook hook;
    hook.id = optional_text(tree, from, "id").value_or("");
    hook.url = optional_text(tree, from, "url").value_or("");
    hook.state = state_of(tree, from);
    if (const auto* const events = tree.find(from, "events");
        events != nullptr && events->type == json_type::array)
        for (const auto index : tree.children(*events))
            hook.events.emplace_back(tree[index].text);
    return hook;
}

// What is in the envelope, if there is one.
const json_node& inside(const json_tree& tree)
{
    for (const auto* name : {"data", "results", "result"})
        if (const auto* const found = tree.find(tree.root(), name);
            found != nullptr && found->type != json_type::null)
            return *found;
    return tree.root();
}

}  // namespace

result<std::vector<registered_hook>, fault> read_hooks(std::string_view body)
{
    json_tree tree;
    if (auto parsed = tree.parse(body); !parsed)
        return parsed.error();
    const auto& found = inside(tree);
    std::vector<registered_hook> hooks;
    if (found.type == json_type::array)
        for (const auto index : tree.children(found))
            hooks.push_back(read_hook(tree, tree[index]));
    else if (tree.find(found, "id") != nullptr)
        hooks.push_back(read_hook(tree, found));
    else
        return fault{errc::missing_field, "data"};
    return hooks;
}

std::string hook_request(std::string_view url, const std::vector<std::string_view>& events)
{
    const auto text = [](std::string_view of) {
        return std::pair{of.data(), static_cast<rapidjson::SizeType>(of.size())};
    };
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> out{buffer};
    const auto write = [&](std::string_view what) {
        const auto [data, size] = text(what);
        out.String(data, size);
    };
    out.StartObject();
    out.Key("name");
    write("Rollcall");
    out.Key("url");
    write(url);
    out.Key("events");
    out.StartArray();
    for (const auto event : events)
        write(event);
    out.EndArray();
    out.Key("enabled");
    out.Bool(true);
    out.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace rollcall
