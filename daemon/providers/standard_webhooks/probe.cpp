#include "providers/standard_webhooks/probe.hpp"

#include "providers/standard_webhooks/event_view.hpp"

#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>

namespace rollcall::standard_webhooks {
namespace {

constexpr auto no_kind = "rollcall.doctor";

std::string text_of(const rapidjson::Value& value)
{
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> out{text};
    value.Accept(out);
    return {text.GetString(), text.GetSize()};
}

// Its attributes become headers, its data the body.
probe binary(const rapidjson::Document& event)
{
    probe made;
    made.body = "{}";
    for (const auto& [name, value] : event.GetObject()) {
        if (name == "data")
            made.body = text_of(value);
        else if (value.IsString())
            made.with.emplace_back(
                std::string{attribute_prefix} + name.GetString(), value.GetString()
            );
    }
    return made;
}

}  // namespace

probe make_probe(const event_mapping& by)
{
    rapidjson::Document event{rapidjson::kObjectType};
    if (by.cloudevents)
        for (const auto& [name, value] :
             {std::pair{"/specversion", "1.0"},
              {"/id", no_kind},
              {"/source", "urn:rollcall:doctor"},
              {"/type", no_kind}})
            rapidjson::Pointer{name}.Set(event, value);
    rapidjson::Pointer{by.type.text().c_str()}.Set(event, no_kind);
    probe made;
    if (!by.cloudevents) {
        made.body = text_of(event);
    } else if (by.cloudevents->structured) {
        made.body = text_of(event);
        made.type = structured_type;
    } else if (by.cloudevents->binary) {
        return binary(event);
    } else {
        made.body = "[" + text_of(event) + "]";
        made.type = batch_type;
    }
    return made;
}

}  // namespace rollcall::standard_webhooks
