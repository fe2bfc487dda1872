#include "providers/given_up.hpp"

#include "providers/json_facts.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <utility>

namespace rollcall {

polled_row make_row(std::string meeting, const given_up& what)
{
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> out{text};
    out.StartObject();
    out.Key("target");
    out.String(what.target);
    out.Key("why");
    out.String(what.why);
    out.Key("tries");
    out.Uint(what.tries);
    out.EndObject();
    return {
        .key = std::move(meeting),
        .item = std::string{given_up_item},
        .body = {text.GetString(), text.GetSize()}};
}

std::string to_text(const given_up& what)
{
    std::string text = "after " + std::to_string(what.tries) + " tries: ";
    return text.append(what.why).append(", at ").append(what.target);
}

result<given_up, fault> read_given_up(std::string_view body)
{
    json_tree tree;
    if (const auto parsed = tree.parse(body); !parsed)
        return parsed.error();
    const auto& root = tree.root();
    const auto target = required(tree, root, "", "target", json_type::string);
    if (!target)
        return target.error();
    const auto why = required(tree, root, "", "why", json_type::string);
    if (!why)
        return why.error();
    const auto tries = required(tree, root, "", "tries", json_type::number);
    if (!tries)
        return tries.error();
    given_up what{.target = std::string{(*target)->text}, .why = std::string{(*why)->text}};
    const auto digits = (*tries)->text;
    std::from_chars(digits.data(), digits.data() + digits.size(), what.tries);
    return what;
}

}  // namespace rollcall
