#include "app/source_providers.hpp"

#include <stdexcept>
#include <utility>

namespace rollcall {

namespace {

// The schema lets nothing else pass.
json_pointer pointer(const std::string& text)
{
    auto parsed = json_pointer::parse(text);
    if (!parsed)
        throw std::runtime_error("a JSON Pointer " + parsed.error().where);
    return std::move(*parsed);
}

std::optional<json_pointer> optional_pointer(const std::string& text)
{
    return text.empty() ? std::nullopt : std::optional{pointer(text)};
}

std::optional<kind> kind_named(const std::optional<std::string>& name)
{
    if (!name)
        return std::nullopt;
    const auto named = parse_kind(*name);
    if (!named)
        throw std::runtime_error("no kind " + *name);
    return named;
}

event_mapping mapping_of(
    const mapping_settings& with, const std::optional<cloudevents_settings>& events
)
{
    event_mapping made;
    if (events)
        made.cloudevents = {events->structured, events->binary, events->batch};
    made.type = pointer(with.type);
    for (const auto& [type, name] : with.kinds)
        made.kinds.emplace(type, kind_named(name));
    made.time = pointer(!with.time.empty() ? with.time : events ? "/time" : "/timestamp");
    for (const auto& part : with.identity)
        made.identity.push_back(pointer(part));
    made.data = optional_pointer(with.data);
    made.meeting.id = pointer(with.meeting.id);
    made.meeting.bot_id = optional_pointer(with.meeting.bot_id);
    made.meeting.recording_id = optional_pointer(with.meeting.recording_id);
    made.meeting.session_id = optional_pointer(with.meeting.session_id);
    made.meeting.title = optional_pointer(with.meeting.title);
    made.meeting.metadata = optional_pointer(with.meeting.metadata);
    made.participant.id = optional_pointer(with.participant.id);
    made.participant.user_id = optional_pointer(with.participant.user_id);
    made.participant.name = optional_pointer(with.participant.name);
    made.participant.email = optional_pointer(with.participant.email);
    made.participant.is_host = optional_pointer(with.participant.is_host);
    made.participant.platform = optional_pointer(with.participant.platform);
    return made;
}

}  // namespace

source_options options_of(const source_settings& source)
{
    source_options options;
    options.region = source.region;
    options.signature_tolerance = source.webhook.tolerance;
    options.header_prefixes = source.webhook.header_prefixes;
    if (const auto& poll = source.poll) {
        options.download_elements = poll->downloads.elements;
        options.download_element_bytes = poll->downloads.element_bytes;
        options.download_depth = poll->downloads.depth;
        options.speaker_timeline = poll->speaker_timeline;
        options.marks = poll->marks;
        for (const auto& name : poll->filters)
            options.filters.append(options.filters.empty() ? "" : ",").append(name);
    }
    if (source.mapping)
        options.mapping = mapping_of(*source.mapping, source.webhook.cloudevents);
    if (const auto& events = source.webhook.cloudevents) {
        options.allowed_origins = events->allowed_origins;
        options.allowed_rate = events->allowed_rate;
    }
    return options;
}

source_providers::source_providers(const settings& with)
{
    for (const auto& source : with.sources) {
        auto made = make_provider(source.provider, options_of(source));
        if (!made)
            throw std::runtime_error("source " + source.name + ": no provider " + source.provider);
        by_source_.emplace(source.name, std::move(made));
    }
}

const provider* source_providers::find(std::string_view source) const
{
    const auto found = by_source_.find(source);
    return found == by_source_.end() ? nullptr : found->second.get();
}

const provider& source_providers::at(std::string_view source) const
{
    const auto* const found = find(source);
    if (!found)
        throw std::out_of_range("no source " + std::string{source});
    return *found;
}

void current_providers::replace(std::shared_ptr<const source_providers> by)
{
    const std::lock_guard lock{mutex_};
    for (const auto& [source, made] : by->all())
        by_source_.insert_or_assign(source, std::shared_ptr<const provider>{by, made.get()});
}

std::shared_ptr<const provider> current_providers::find(std::string_view source) const
{
    const std::lock_guard lock{mutex_};
    const auto found = by_source_.find(source);
    return found == by_source_.end() ? nullptr : found->second;
}

}  // namespace rollcall
