#include "settings/overrides.hpp"

#include "settings/nearest.hpp"
#include "settings/schema.hpp"

#include <algorithm>
#include <set>

namespace rollcall {
namespace {

constexpr std::string_view variable_prefix = "ROLLCALL_";

bool is_scalar_schema(const yaml_node& schema)
{
    return allows_type(schema, "string") || allows_type(schema, "integer");
}

/// Every scalar that has a fixed name, given the sources and lists that are there.
void collect_scalars(
    const yaml_node& schema,
    const yaml_node* node,
    const yaml_path& path,
    std::vector<yaml_path>& into
)
{
    if (is_scalar_schema(schema)) {
        into.push_back(path);
        return;
    }
    for (const auto& key : known_keys(schema))
        collect_scalars(
            *schema_below(schema, {key, std::nullopt}),
            node ? node->member(key) : nullptr,
            path / key,
            into
        );
    if (schema.member("patternProperties") && node)
        for (const auto& [key, line, value] : node->members)
            if (const auto* below = schema_below(schema, {key, std::nullopt}))
                collect_scalars(*below, &value, path / key, into);
    if (const auto* items = schema_below(schema, {{}, 0})) {
        const std::size_t there = node ? node->items.size() : 0;
        for (std::size_t i = 0; i <= there; ++i)
            collect_scalars(*items, i < there ? &node->items[i] : nullptr, path / i, into);
    }
}

std::string variable_name(const yaml_path& path)
{
    std::string name{variable_prefix};
    for (char c : to_string(path)) {
        if (c == ']')
            continue;
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
        const bool kept = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        name += kept ? c : '_';
    }
    return name;
}

/// The path that an option's text names, or nothing where the schema has no such scalar.
std::optional<yaml_path> parse_path(std::string text)
{
    std::ranges::replace(text, '[', '.');
    std::erase(text, ']');
    const yaml_node* schema = &settings_schema();
    yaml_path path;
    std::string_view rest = text;
    while (!rest.empty()) {
        const bool in_list = allows_type(*schema, "array");
        // A property's name has dots of its own.
        const bool last = schema->member("additionalProperties") &&
                          schema->member("additionalProperties")->is_mapping();
        const auto dot = last ? std::string_view::npos : rest.find('.');
        std::string token{rest.substr(0, dot)};
        rest = dot == std::string_view::npos ? "" : rest.substr(dot + 1);
        if (in_list && (token.empty() || token.size() > 4 ||
                        token.find_first_not_of("0123456789") != std::string::npos))
            return std::nullopt;
        path = in_list ? path / std::stoul(token) : path / token;
        schema = schema_below(*schema, path.back());
        if (!schema)
            return std::nullopt;
    }
    if (!is_scalar_schema(*schema))
        return std::nullopt;
    return path;
}

/// Sets the scalar at `path`, making what is missing on the way. Does nothing where the file has
/// something of the wrong form in the way: that is a fault of the file, found later.
void set_scalar(
    yaml_node& root, const yaml_path& path, const std::string& text, const std::string& by
)
{
    const auto fresh = [&by](yaml_node::form is) {
        yaml_node node;
        node.is = is;
        node.set_by = by;
        return node;
    };
    yaml_node* at = &root;
    const yaml_node* schema = &settings_schema();
    for (std::size_t i = 0; i < path.size(); ++i) {
        const auto& step = path[i];
        const bool exclusive =
            schema->member("maxProperties") && schema->member("maxProperties")->text == "1";
        schema = schema_below(*schema, step);
        const bool last = i + 1 == path.size();
        const auto wanted = last                            ? yaml_node::form::scalar
                            : allows_type(*schema, "array") ? yaml_node::form::list
                                                            : yaml_node::form::mapping;
        if (step.index) {
            if (!at->is_list() || *step.index > at->items.size())
                return;
            if (*step.index == at->items.size())
                at->items.push_back(fresh(wanted));
            at = &at->items[*step.index];
        } else {
            if (!at->is_mapping())
                return;
            if (exclusive)
                std::erase_if(at->members, [&](const auto& m) { return m.key != step.key; });
            if (!at->member(step.key))
                at->members.push_back({step.key, 0, fresh(wanted)});
            at = at->member(step.key);
        }
    }
    *at = fresh(yaml_node::form::scalar);
    at->text = text;
    at->plain = !allows_type(*schema, "string");
}

/// The variables that secrets of the document are read from.
void collect_secret_variables(const yaml_node& node, std::set<std::string>& into)
{
    for (const auto& [key, line, value] : node.members) {
        if (key == "env" && value.is_scalar())
            into.insert(value.text);
        collect_secret_variables(value, into);
    }
    for (const auto& item : node.items)
        collect_secret_variables(item, into);
}

/// Takes `end` off the end of `text`, or nothing.
bool take_end(std::string_view& text, std::string_view end)
{
    if (!text.ends_with(end))
        return false;
    text.remove_suffix(end.size());
    return true;
}

/// What Kubernetes puts into every container for a service called rollcall or rollcall-something:
/// `..._SERVICE_HOST`, `..._SERVICE_PORT`, `..._SERVICE_PORT_HTTP`, `..._PORT`,
/// `..._PORT_8080_TCP`,
/// `..._PORT_8080_TCP_ADDR`.
bool is_from_kubernetes(std::string_view name)
{
    if (name.ends_with("_SERVICE_HOST") || name.ends_with("_PORT") ||
        name.find("_SERVICE_PORT_") != std::string_view::npos)
        return true;
    take_end(name, "_PROTO") || take_end(name, "_PORT") || take_end(name, "_ADDR");
    if (!take_end(name, "_TCP") && !take_end(name, "_UDP") && !take_end(name, "_SCTP"))
        return false;
    const auto last_letter = name.find_last_not_of("0123456789");
    return last_letter + 1 < name.size() && name.substr(0, last_letter + 1).ends_with("_PORT_");
}

void apply_environment(
    yaml_node& root, const environment& variables, std::vector<settings_fault>& faults
)
{
    std::vector<yaml_path> scalars;
    collect_scalars(settings_schema(), &root, {}, scalars);
    std::multimap<std::string, yaml_path> by_name;
    std::vector<std::string> names;
    for (auto& path : scalars) {
        names.push_back(variable_name(path));
        by_name.emplace(names.back(), std::move(path));
    }
    std::set<std::string> secret_variables;
    collect_secret_variables(root, secret_variables);

    for (auto it = variables.lower_bound(std::string{variable_prefix});
         it != variables.end() && it->first.starts_with(variable_prefix);
         ++it) {
        const auto& [name, text] = *it;
        const auto found = by_name.count(name);
        if (found == 1) {
            set_scalar(root, by_name.find(name)->second, text, name);
        } else if (found > 1) {
            faults.push_back(
                {name, 0, {}, "could be more than one setting, should be set in the file"}
            );
        } else if (!secret_variables.contains(name) && !is_from_kubernetes(name)) {
            const auto near = nearest(name, names);
            faults.push_back(
                {name,
                 0,
                 {},
                 near.empty() ? "names no setting, should be ROLLCALL_ and a path"
                              : "names no setting, nearest is " + std::string{near}}
            );
        }
    }
}

void apply_options(
    yaml_node& root,
    const std::vector<setting_override>& options,
    std::vector<settings_fault>& faults
)
{
    for (const auto& [text, value] : options) {
        if (const auto path = parse_path(text)) {
            set_scalar(root, *path, value, "--set");
            continue;
        }
        std::vector<yaml_path> scalars;
        collect_scalars(settings_schema(), &root, {}, scalars);
        std::vector<std::string> names(scalars.size());
        std::ranges::transform(scalars, names.begin(), [](const auto& path) {
            return to_string(path);
        });
        const auto near = nearest(text, names);
        faults.push_back(
            {"--set",
             0,
             text,
             near.empty() ? "is no setting that an option can give"
                          : "is no setting, nearest is `" + std::string{near} + "`"}
        );
    }
}

}  // namespace

void apply_overrides(
    yaml_node& root,
    const environment& variables,
    const std::vector<setting_override>& options,
    std::vector<settings_fault>& faults
)
{
    apply_environment(root, variables, faults);
    apply_options(root, options, faults);
}

}  // namespace rollcall
