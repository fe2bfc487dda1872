#include "settings/schema.hpp"

#include "core/listed.hpp"
#include "settings/nearest.hpp"
#include "settings/quantities.hpp"

#define VALIJSON_USE_EXCEPTIONS 1
#include <valijson/adapters/rapidjson_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <algorithm>
#include <charconv>
#include <regex>
#include <set>
#include <stdexcept>

namespace rollcall {
namespace {

using json = rapidjson::Value;
using json_allocator = rapidjson::Document::AllocatorType;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words)
{
    return std::ranges::find(words, text) != words.end();
}

template <class Number>
std::optional<Number> number_in(std::string_view text)
{
    if (text.starts_with('+'))
        text.remove_prefix(1);
    Number number{};
    const char* end = text.data() + text.size();
    const auto [after, ec] = std::from_chars(text.data(), end, number);
    if (ec != std::errc{} || after != end)
        return std::nullopt;
    return number;
}

/// A scalar by the core schema of YAML 1.2, decimal numbers only.
json scalar_to_json(const yaml_node& node, json_allocator& memory)
{
    if (node.plain) {
        if (is_one_of(node.text, {"", "~", "null", "Null", "NULL"}))
            return json{};
        if (is_one_of(node.text, {"true", "True", "TRUE"}))
            return json{true};
        if (is_one_of(node.text, {"false", "False", "FALSE"}))
            return json{false};
        if (const auto whole = number_in<std::int64_t>(node.text))
            return json{*whole};
        // from_chars also reads `inf` and `nan`, which are words here.
        const bool numeric = node.text.find_first_not_of("0123456789+-.eE") == std::string::npos;
        if (const auto real = number_in<double>(node.text); numeric && real)
            return json{*real};
    }
    return json{node.text, memory};
}

json to_json(const yaml_node& node, json_allocator& memory)
{
    switch (node.is) {
        case yaml_node::form::nothing:
            return json{};
        case yaml_node::form::scalar:
            return scalar_to_json(node, memory);
        case yaml_node::form::list: {
            json list{rapidjson::kArrayType};
            for (const auto& item : node.items)
                list.PushBack(to_json(item, memory), memory);
            return list;
        }
        case yaml_node::form::mapping: {
            json object{rapidjson::kObjectType};
            for (const auto& [key, line, value] : node.members)
                object.AddMember(json{key, memory}, to_json(value, memory), memory);
            return object;
        }
    }
    return json{};
}

const valijson::Schema& compiled_schema()
{
    static const valijson::Schema& compiled = *[] {
        rapidjson::Document document;
        const auto text = settings_schema_text();
        document.Parse(text.data(), text.size());
        if (document.HasParseError())
            throw std::logic_error{"rollcall.schema.json is not JSON"};
        auto schema = std::make_unique<valijson::Schema>();
        valijson::SchemaParser{}.populateSchema(
            valijson::adapters::RapidJsonAdapter{document}, *schema
        );
        return schema.release();  // lives as long as the process
    }();
    return compiled;
}

/// valijson's context, `<root>` `[listen]` `[0]`, as a path in the document.
yaml_path path_of(const std::vector<std::string>& context, const yaml_node& document)
{
    yaml_path path;
    for (const auto& token : context) {
        if (!token.starts_with('['))
            continue;
        const auto name = token.substr(1, token.size() - 2);
        const auto* parent = find(document, path);
        if (parent && parent->is_list())
            path = path / number_in<std::size_t>(name).value_or(0);
        else
            path = path / name;
    }
    return path;
}

bool begins_with(const yaml_path& longer, const yaml_path& start)
{
    return longer.size() > start.size() && std::equal(start.begin(), start.end(), longer.begin());
}

/// Puts into words what is wrong at the places valijson found.
class explainer {
public:
    explainer(const yaml_node& document, const std::string& file) : document_{document}, file_{file}
    {
    }

    /// `faults_below`: valijson also found something deeper, which may be all that is wrong here.
    void explain(const yaml_path& path, bool faults_below)
    {
        const yaml_node* node = find(document_, path);
        const yaml_node* schema = &settings_schema();
        bool secret = false;
        for (const auto& step : path) {
            schema = schema ? schema_below(*schema, step) : nullptr;
            secret = secret || (schema && schema->member("writeOnly"));
        }
        if (!node || !schema)
            return;
        const auto before = faults.size();
        if (node->is_mapping() && allows_type(*schema, "object")) {
            explain_keys(path, *node, *schema, secret);
            if (faults.size() > before || faults_below)
                return;
        }
        if (!faults_below)
            add(*node, path, describe(*node, *schema, secret) + ", " + expectation(*schema));
    }

    void add(const yaml_node& node, const yaml_path& path, std::string what)
    {
        auto fault = fault_at(node, file_);
        fault.path = to_string(path);
        fault.what = std::move(what);
        faults.push_back(std::move(fault));
    }

    std::vector<settings_fault> faults;

private:
    static std::string counted(std::size_t count, const std::string& what)
    {
        if (count == 0)
            return "has no " + what;
        return "has " + std::to_string(count) + " " + what + (count == 1 ? "" : "s");
    }

    static std::string describe(const yaml_node& node, const yaml_node& schema, bool secret)
    {
        switch (node.is) {
            case yaml_node::form::nothing:
                return "is empty";
            case yaml_node::form::list:
                return allows_type(schema, "array") ? counted(node.items.size(), "item")
                                                    : "is a list";
            case yaml_node::form::mapping:
                return allows_type(schema, "object") ? counted(node.members.size(), "member")
                                                     : "is a mapping";
            case yaml_node::form::scalar:
                break;
        }
        if (secret)
            return "is written out here";
        constexpr std::size_t shown = 60;
        return "is `" + node.text.substr(0, shown) + (node.text.size() > shown ? "...`" : "`");
    }

    void explain_keys(
        const yaml_path& path, const yaml_node& node, const yaml_node& schema, bool secret
    )
    {
        const auto known = known_keys(schema);
        std::set<std::string_view> meant;
        for (const auto& [key, line, value] : node.members) {
            if (schema_below(schema, {key, std::nullopt}))
                continue;
            const auto near = nearest(key, known);
            meant.insert(near);
            settings_fault fault{file_, line, to_string(secret ? path : path / key), {}};
            if (schema.member("patternProperties"))
                fault.what = "is no name, " + expectation(schema);
            else if (near.empty())
                fault.what = (secret ? "has an unknown member, known here: "
                                     : "is no setting, known here: ") +
                             listed(known);
            else
                fault.what = (secret ? "has an unknown member, nearest is `"
                                     : "is no setting, nearest is `") +
                             std::string{near} + "`";
            faults.push_back(std::move(fault));
        }
        const auto* required = schema.member("required");
        for (std::size_t i = 0; required && i < required->items.size(); ++i) {
            const auto& key = required->items[i].text;
            if (!node.member(key) && !meant.contains(key))
                add(node,
                    path / key,
                    "is missing, " + expectation(*schema_below(schema, {key, std::nullopt})));
        }
    }

    const yaml_node& document_;
    const std::string& file_;
};

/// A duration in milliseconds or a size in bytes, as the schema's `x-unit` says.
std::optional<std::uint64_t> amount(const yaml_node& schema, std::string_view text)
{
    if (schema.member("x-unit")->text == "size")
        return parse_size(text);
    if (const auto length = parse_duration(text))
        return static_cast<std::uint64_t>(length->count());
    return std::nullopt;
}

/// Reports durations and sizes that are well formed and out of their range.
void check_ranges(
    const yaml_node& node, const yaml_node& schema, const yaml_path& path, explainer& to
)
{
    for (const auto& [key, line, value] : node.members)
        if (const auto* below = schema_below(schema, {key, std::nullopt}))
            check_ranges(value, *below, path / key, to);
    for (std::size_t i = 0; i < node.items.size(); ++i)
        if (const auto* below = schema_below(schema, {{}, i}))
            check_ranges(node.items[i], *below, path / i, to);

    const auto* least = schema.member("x-minimum");
    const auto* most = schema.member("x-maximum");
    if (!node.is_scalar() || !least || !most)
        return;
    const auto value = amount(schema, node.text);
    if (value && (value < amount(schema, least->text) || value > amount(schema, most->text)))
        to.add(node, path, "is `" + node.text + "`, " + expectation(schema));
}

}  // namespace

const yaml_node& settings_schema()
{
    static const yaml_node schema = [] {
        std::vector<settings_fault> faults;
        auto root = parse_yaml(settings_schema_text(), "rollcall.schema.json", faults);
        if (!root || !faults.empty())
            throw std::logic_error{"rollcall.schema.json cannot be read"};
        return std::move(*root);
    }();
    return schema;
}

const yaml_node* schema_below(const yaml_node& schema, const path_step& step)
{
    const yaml_node* below = nullptr;
    if (step.index) {
        below = schema.member("items");
    } else {
        if (const auto* properties = schema.member("properties"))
            below = properties->member(step.key);
        if (const auto* patterns = schema.member("patternProperties"); patterns && !below)
            for (const auto& [pattern, line, value] : patterns->members)
                if (std::regex_search(step.key, std::regex{pattern}))
                    below = &value;
        if (const auto* others = schema.member("additionalProperties");
            others && others->is_mapping() && !below)
            below = others;
    }
    if (!below)
        return nullptr;
    constexpr std::string_view definitions = "#/definitions/";
    if (const auto* reference = below->member("$ref"))
        return settings_schema()
            .member("definitions")
            ->member(std::string_view{reference->text}.substr(definitions.size()));
    return below;
}

bool allows_type(const yaml_node& schema, std::string_view name)
{
    const auto* type = schema.member("type");
    return type && (type->text == name ||
                    std::ranges::find(type->items, name, &yaml_node::text) != type->items.end());
}

std::vector<std::string> known_keys(const yaml_node& schema)
{
    std::vector<std::string> keys;
    if (const auto* properties = schema.member("properties"))
        for (const auto& member : properties->members)
            keys.push_back(member.key);
    return keys;
}

std::string expectation(const yaml_node& schema)
{
    const auto* message = schema.member("errorMessage");
    return message ? message->text : "should be what the schema says";
}

std::string expectation_at(const yaml_path& path)
{
    const auto* schema = &settings_schema();
    for (const auto& step : path)
        schema = schema_below(*schema, step);
    return expectation(*schema);
}

settings_fault fault_at(const yaml_node& node, const std::string& file)
{
    if (!node.set_by.empty())
        return {node.set_by, 0, {}, {}};
    return {file, node.line, {}, {}};
}

std::vector<settings_fault> faults_against_schema(
    const yaml_node& document, const std::string& file
)
{
    rapidjson::Document memory;
    const json as_json = to_json(document, memory.GetAllocator());
    valijson::ValidationResults results;
    valijson::Validator validator{valijson::Validator::kStrongTypes};
    validator.validate(compiled_schema(), valijson::adapters::RapidJsonAdapter{as_json}, &results);

    // valijson names every place, and after each one everything that holds it.
    std::vector<yaml_path> places;
    for (const auto& error : results)
        if (auto path = path_of(error.context, document);
            std::ranges::find(places, path) == places.end())
            places.push_back(std::move(path));

    explainer words{document, file};
    for (const auto& place : places) {
        const bool below = std::ranges::any_of(places, [&place](const auto& other) {
            return begins_with(other, place);
        });
        words.explain(place, below);
    }
    check_ranges(document, settings_schema(), {}, words);
    return std::move(words.faults);
}

}  // namespace rollcall
