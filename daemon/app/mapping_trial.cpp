#include "app/mapping_trial.hpp"

#include "app/source_providers.hpp"
#include "settings/file_text.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace rollcall {
namespace {

constexpr std::size_t largest_example = std::size_t{1024} * 1024;

// A body as it would be posted, signature and all, but for the id that only a sender can give.
class example_request final : public webhook_request {
public:
    example_request(std::string_view content, std::string_view type, std::string_view id_header)
        : with_{{"content-type", std::string{type}}, {std::string{id_header}, "ID"}}
    {
        body = content;
    }
    header_value header(std::string_view name) const override
    {
        const auto found = find_header(with_, name);
        return {.text = found, .count = found.empty() ? 0U : 1U};
    }
    headers headers_from(std::string_view prefix) const override
    {
        headers found;
        std::ranges::copy_if(with_, std::back_inserter(found), [prefix](const auto& each) {
            return each.first.starts_with(prefix);
        });
        return found;
    }

private:
    headers with_;
};

// A CloudEvent is given in its JSON format, a batch as the list that it is.
std::string_view type_of(std::string_view body, bool cloudevents)
{
    if (!cloudevents)
        return "application/json";
    const auto first = body.find_first_not_of(" \t\r\n");
    const bool list = first != std::string_view::npos && body[first] == '[';
    return list ? "application/cloudevents-batch+json" : "application/cloudevents+json";
}

// Values come from a file: none of them may drive a terminal.
std::string printable(std::string text)
{
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?'
    );
    return text;
}

std::string describe(const participant_facts& who)
{
    std::string text = ", participant " + who.id;
    for (const auto& [name, value] :
         {std::pair{"user", who.user_id},
          {"name", who.name},
          {"e-mail", who.email},
          {"platform", who.platform}})
        if (value)
            text.append(", ").append(name).append(" ").append(*value);
    if (who.is_host)
        text += *who.is_host ? ", host" : ", no host";
    return text;
}

std::string describe(const event& made)
{
    std::string text{to_string(made.kind)};
    text += " at " + to_rfc3339(made.occurred_at) + ", meeting " + made.meeting.id;
    if (made.meeting.title)
        text += " (" + *made.meeting.title + ")";
    if (made.participant)
        text += describe(*made.participant);
    return printable(text + ", identity " + made.identity);
}

std::string describe(const fault& why)
{
    const auto what = make_error_code(why.code).message();
    return printable(why.where.empty() ? what : why.where + ": " + what);
}

void try_parcel(
    const provider& from, const std::string& source, const parcel& each, tried_example& into
)
{
    intake_record record;
    record.key = each.to.key;
    record.body = each.body;
    record.source = source;
    record.provider = from.name();
    record.delivery_id = each.to.delivery_id;
    record.signed_headers = each.kept;
    const auto found = from.normalise(record);
    if (!found) {
        into.wrong = describe(found.error());
        return;
    }
    for (const auto& made : found->events)
        into.lines.push_back(describe(made));
    if (found->events.empty())
        into.lines.push_back(printable("ignored: " + found->ignored));
}

tried_example try_example(
    const provider& from, const source_settings& source, const std::string& file
)
{
    tried_example tried{.file = std::filesystem::path{file}.filename(), .lines = {}, .wrong = {}};
    const auto body = read_file_text(file, largest_example);
    if (!body) {
        tried.wrong = "a file" + (body.error().what.empty() ? " that is none" : body.error().what);
        return tried;
    }
    const auto type = type_of(*body, source.webhook.cloudevents.has_value());
    const auto unpacked = from.unpack(example_request{*body, type, from.signed_headers().front()});
    if (!unpacked) {
        tried.wrong = describe(unpacked.error());
        return tried;
    }
    for (const auto& each : *unpacked)
        if (tried.wrong.empty())
            try_parcel(from, source.name, each, tried);
    return tried;
}

}  // namespace

std::vector<tried_example> try_mapping(const source_settings& source)
{
    std::vector<tried_example> all;
    if (!source.mapping)
        return all;
    const auto from = make_provider(source.provider, options_of(source));
    for (const auto& file : source.mapping->examples)
        if (from && !from->signed_headers().empty())
            all.push_back(try_example(*from, source, file));
    return all;
}

}  // namespace rollcall
