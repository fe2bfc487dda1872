#include "providers/standard_webhooks/event_view.hpp"

#include "core/time.hpp"
#include "providers/base64.hpp"
#include "providers/json_scanner.hpp"
#include "providers/media_type.hpp"
#include "providers/standard_webhooks/header_value.hpp"

#include <algorithm>
#include <array>

namespace rollcall::standard_webhooks {
namespace {

std::string pointer_to(std::string_view member)
{
    return std::string{"/"}.append(member);
}

// A member that is there and not null, which says the same.
const json_node* present(const json_tree& tree, std::string_view member)
{
    const auto* const found = tree.find(tree.root(), member);
    return found && found->type != json_type::null ? found : nullptr;
}

result<void, fault> parse_object(json_tree& into, std::string_view text)
{
    if (auto parsed = into.parse(text); !parsed)
        return parsed;
    if (into.root().type != json_type::object)
        return fault{errc::wrong_type, ""};
    return {};
}

// An attribute that is a text and not empty, if it is there.
result<void, fault> check_text(const json_tree& event, std::string_view member)
{
    const auto* const found = present(event, member);
    if (found && found->type != json_type::string)
        return fault{errc::wrong_type, pointer_to(member)};
    if (found && found->text.empty())
        return fault{errc::missing_field, pointer_to(member)};
    return {};
}

// Of a text without control characters.
void append_quoted(std::string& out, std::string_view text)
{
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    out += '"';
}

bool is_attribute_name(std::string_view name)
{
    const bool plain = std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
    // The content type has a header of its own, and data are the body.
    return plain && !name.empty() && name != "data" && name != "datacontenttype";
}

// The attributes in headers as the JSON object they would be in structured mode. A repeated header
// is a repeated key, which the parser refuses.
result<std::string, fault> attributes_of(const headers& with)
{
    std::string object;
    for (const auto& [name, value] : with) {
        if (!name.starts_with(attribute_prefix))
            continue;
        const auto attribute = std::string_view{name}.substr(attribute_prefix.size());
        const auto text = decode_header_value(value);
        if (!is_attribute_name(attribute) || !text)
            return fault{errc::bad_header, name};
        object += object.empty() ? '{' : ',';
        append_quoted(object, attribute);
        object += ':';
        append_quoted(object, *text);
    }
    object += object.empty() ? "{}" : "}";
    return object;
}

}  // namespace

result<void, fault> event_view::read_json(std::string_view body)
{
    data_apart_ = false;
    return parse_object(event_, body);
}

result<void, fault> event_view::read_cloudevent(std::string_view body, const headers& with)
{
    const auto type = media_type(find_header(with, "content-type"));
    data_apart_ = false;
    if (type.starts_with("application/cloudevents-batch"))
        return fault{errc::unknown_value, "content-type"};
    auto read = type == structured_type ? read_structured(body) : read_binary(body, with);
    return read ? check_attributes() : read;
}

result<void, fault> event_view::read_structured(std::string_view body)
{
    if (auto parsed = parse_object(event_, body); !parsed)
        return parsed;
    return decode_data();
}

result<void, fault> event_view::read_binary(std::string_view body, const headers& with)
{
    auto attributes = attributes_of(with);
    if (!attributes)
        return attributes.error();
    attributes_ = std::move(*attributes);
    if (auto parsed = parse_object(event_, attributes_); !parsed) {
        // Where in it says nothing to anybody: nobody has sent it.
        const auto code = parsed.error().code;
        return fault{code == errc::duplicate_key ? errc::bad_header : code, "ce-*"};
    }
    data_apart_ = true;
    if (auto parsed = data_.parse(body); !parsed)
        return parsed;
    return {};
}

result<void, fault> event_view::check_attributes() const
{
    for (const std::string_view member : {"specversion", "id", "source", "type"}) {
        if (present(event_, member) == nullptr)
            return fault{errc::missing_field, pointer_to(member)};
        if (auto text = check_text(event_, member); !text)
            return text;
    }
    for (const std::string_view member : {"subject", "time"})
        if (auto text = check_text(event_, member); !text)
            return text;
    if (present(event_, "specversion")->text != "1.0")
        return fault{errc::unknown_value, "/specversion"};
    const auto* const time = present(event_, "time");
    if (time && !parse_rfc3339(time->text))
        return fault{errc::bad_time, "/time"};
    return {};
}

// Bytes that are not said to be something else are tried as JSON: that is what the format implies.
result<void, fault> event_view::decode_data()
{
    const auto* const encoded = present(event_, "data_base64");
    if (encoded == nullptr)
        return {};
    if (encoded->type != json_type::string)
        return fault{errc::wrong_type, "/data_base64"};
    if (present(event_, "data") != nullptr)
        return fault{errc::unknown_value, "/data_base64"};
    auto bytes = decode_base64(encoded->text);
    if (!bytes)
        return fault{errc::wrong_type, "/data_base64"};
    decoded_ = std::move(*bytes);
    const auto* const type = present(event_, "datacontenttype");
    const bool said = type && type->type == json_type::string;
    if (said && !is_json_type(media_type(type->text)))
        return {};
    data_apart_ = data_.parse(decoded_).has_value();
    if (said && !data_apart_)
        return fault{errc::not_json, "/data_base64"};
    return {};
}

std::optional<event_view::value> event_view::find(const json_pointer& where) const
{
    auto steps = where.steps();
    const bool in_data = data_apart_ && !steps.empty() && steps.front() == "data";
    const auto& tree = in_data ? data_ : event_;
    if (in_data)
        steps = steps.subspan(1);
    const auto* const node = follow(tree, tree.root(), steps);
    if (node == nullptr || node->type == json_type::null)
        return std::nullopt;
    return value{&tree, node};
}

result<std::vector<std::string_view>, fault> split_batch(std::string_view body)
{
    thread_local std::string unescaped;
    json_scanner scanner{body, unescaped};
    std::vector<std::string_view> events;
    if (!scanner.take('['))
        return fault{errc::wrong_type, ""};
    if (!scanner.take(']')) {
        do {
            if (scanner.peek() != '{')
                return fault{errc::wrong_type, "/" + std::to_string(events.size())};
            if (events.size() == most_in_batch)
                return fault{errc::unknown_value, "/" + std::to_string(events.size())};
            const auto start = scanner.position();
            if (!scanner.skip_value())
                return scanner.why();
            events.push_back(body.substr(start, scanner.position() - start));
        } while (scanner.take(','));
        if (!scanner.take(']'))
            return scanner.why();
    }
    if (!scanner.at_end())
        return scanner.why();
    return events;
}

}  // namespace rollcall::standard_webhooks
