// What the settings say of senders that no provider's page describes, and of unsigned requests.
#include "settings/reader.hpp"
#include "settings/schema.hpp"

#include <algorithm>

namespace rollcall {
namespace {

bool asks(const std::function<bool(const std::string&)>& check, const std::string& provider)
{
    return check && !provider.empty() && check(provider);
}

}  // namespace

void settings_reader::read_query_token(
    const yaml_path& path, const std::string& provider, webhook_settings& into
)
{
    const auto token_path = path / "query_token";
    if (auto token = take_secret(token_path)) {
        const auto why =
            checks_.query_token_fault ? checks_.query_token_fault(*token) : std::string{};
        if (!why.empty())
            report(token_path, "holds a token that " + why);
        into.query_token = std::move(*token);
    }
    const auto policy_path = path / "unsigned";
    const auto* policy = usable(policy_path);
    if (!policy || policy->text != "allow")
        return;
    into.unsigned_allowed = true;
    if (checks_.may_be_unsigned && !provider.empty() && !checks_.may_be_unsigned(provider))
        report(policy_path, "is `allow`, should be refuse: " + provider + " signs everything");
    else if (!find(document_, token_path))
        report(
            token_path, "is missing, should be what unsigned requests prove themselves with instead"
        );
}

void settings_reader::read_cloudevents(const yaml_path& path, webhook_settings& into)
{
    if (!usable(path))
        return;
    auto& events = into.cloudevents.emplace();
    if (const auto modes = texts_at(path / "modes"); !modes.empty()) {
        const auto has = [&modes](std::string_view mode) {
            return std::ranges::find(modes, mode) != modes.end();
        };
        events.structured = has("structured");
        events.binary = has("binary");
        events.batch = has("batch");
    }
    events.allowed_origins = texts_at(path / "allowed_origins");
    take_number(path / "allowed_rate", events.allowed_rate);
}

void settings_reader::read_mapping(const yaml_path& path, source_settings& into)
{
    const bool given = find(document_, path) != nullptr;
    const bool needed = asks(checks_.needs_mapping, into.provider);
    if (checks_.needs_mapping && !into.provider.empty() && !needed) {
        const auto events = yaml_path{} / "sources" / into.name / "webhook" / "cloudevents";
        for (const auto& each : {path, events})
            if (find(document_, each) && !at_fault(each))
                report(each, "should not stand here: what " + into.provider + " sends is known");
        return;
    }
    if (needed && !given)
        return report(path, "is missing, " + expectation_at(path));
    if (!usable(path))
        return;
    auto& mapping = into.mapping.emplace();
    take(path / "type", mapping.type);
    take(path / "time", mapping.time);
    take(path / "data", mapping.data);
    mapping.identity = texts_at(path / "identity");
    read_kinds(path / "kinds", mapping);
    read_places(path, mapping);
    for (const auto& example : texts_at(path / "examples"))
        mapping.examples.push_back(file_.parent_path() / example);
    check_mapping(path, into);
}

void settings_reader::read_kinds(const yaml_path& path, mapping_settings& into)
{
    const auto* kinds = usable(path);
    if (!kinds)
        return;
    for (const auto& [type, line, value] : kinds->members)
        if (const auto* kind = usable(path / type); kind && kind->is_scalar())
            into.kinds[type] = kind->text == "ignored" ? std::nullopt : std::optional{kind->text};
}

void settings_reader::read_places(const yaml_path& path, mapping_settings& into) const
{
    const auto meeting = path / "meeting";
    take(meeting / "id", into.meeting.id);
    take(meeting / "bot_id", into.meeting.bot_id);
    take(meeting / "recording_id", into.meeting.recording_id);
    take(meeting / "session_id", into.meeting.session_id);
    take(meeting / "title", into.meeting.title);
    take(meeting / "metadata", into.meeting.metadata);
    const auto participant = path / "participant";
    take(participant / "id", into.participant.id);
    take(participant / "user_id", into.participant.user_id);
    take(participant / "name", into.participant.name);
    take(participant / "email", into.participant.email);
    take(participant / "is_host", into.participant.is_host);
    take(participant / "platform", into.participant.platform);
}

void settings_reader::check_mapping(const yaml_path& path, const source_settings& source)
{
    const auto& mapping = *source.mapping;
    const auto of_participant = std::ranges::find_if(mapping.kinds, [](const auto& each) {
        return each.second && each.second->starts_with("participant.");
    });
    const auto id = path / "participant" / "id";
    if (of_participant != mapping.kinds.end() && !find(document_, id) && !at_fault(id) &&
        !at_fault(path / "participant"))
        report(
            id,
            "is missing, " + expectation_at(id) + ": " + *of_participant->second +
                " is among the kinds"
        );
    const bool identified = !mapping.identity.empty() || source.webhook.cloudevents;
    const auto identity = path / "identity";
    if (source.webhook.unsigned_allowed && !identified && !at_fault(identity))
        report(
            identity,
            "is missing, " + expectation_at(identity) +
                ": an unsigned request need not have an id of its own"
        );
}

}  // namespace rollcall
