#include "app/doctor/diagnosis.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <utility>

namespace rollcall {
namespace {

// Of the words of others, which may have several lines: a step has one.
std::string on_one_line(std::string text)
{
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ')
            c = ' ';
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

const char* name_of(verdict is)
{
    switch (is) {
        case verdict::ok:
            return "ok";
        case verdict::warn:
            return "warn";
        case verdict::fail:
            return "fail";
        case verdict::skip:
            break;
    }
    return "skip";
}

}  // namespace

std::string to_text(const finding& of)
{
    const std::string name = of.is == verdict::fail ? "FAIL" : name_of(of.is);
    auto text = name + std::string(6 - name.size(), ' ') + of.step + ": " + of.seen + '\n';
    if (!of.advice.empty())
        text += "      -> " + of.advice + '\n';
    return text;
}

std::string to_json(const finding& of)
{
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> out{text};
    out.StartObject();
    const auto member = [&out](const char* name, const std::string& value) {
        out.Key(name);
        out.String(value.c_str(), static_cast<rapidjson::SizeType>(value.size()));
    };
    member("verdict", name_of(of.is));
    member("step", of.step);
    member("seen", of.seen);
    if (!of.advice.empty())
        member("advice", of.advice);
    out.EndObject();
    return std::string{text.GetString(), text.GetSize()} + '\n';
}

void diagnosis::add(const finding& found)
{
    finding told = found;
    told.seen = on_one_line(std::move(told.seen));
    told.advice = on_one_line(std::move(told.advice));
    if (told.is == verdict::fail || told.is == verdict::skip)
        fallen_.insert(told.step);
    any_failed_ = any_failed_ || told.is == verdict::fail;
    tell_(told);
}

void diagnosis::ok(std::string step, std::string seen)
{
    add({verdict::ok, std::move(step), std::move(seen), {}});
}

void diagnosis::warn(std::string step, std::string seen, std::string advice)
{
    add({verdict::warn, std::move(step), std::move(seen), std::move(advice)});
}

void diagnosis::fail(std::string step, std::string seen, std::string advice)
{
    add({verdict::fail, std::move(step), std::move(seen), std::move(advice)});
}

void diagnosis::skip(std::string step, std::string why)
{
    add({verdict::skip, std::move(step), std::move(why), {}});
}

void diagnosis::skip_for(std::string step, std::string_view other)
{
    skip(std::move(step), "stands on `" + std::string{other} + "`, see there");
}

}  // namespace rollcall
