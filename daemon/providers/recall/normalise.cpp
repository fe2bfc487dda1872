#include "providers/recall/normalise.hpp"

#include "providers/canonical_json.hpp"
#include "providers/json_facts.hpp"
#include "providers/new_event.hpp"
#include "providers/recall/identity.hpp"
#include "providers/recall/participant.hpp"
#include "providers/recall/webhooks.hpp"

#include <charconv>
#include <cmath>
#include <map>

namespace rollcall::recall {
namespace {

// A webhook's `data`, with what is known of it besides.
struct told {
    const intake_record& record;
    std::string_view region;
    const webhook& known;
    kind what;  // it becomes
    const json_tree& tree;
    const json_node& data;
    meeting_facts meeting;

    event new_event(timestamp at) const
    {
        auto made = rollcall::new_event(record, what, known.name);
        made.meeting = meeting;
        made.occurred_at = at;
        return made;
    }
};

// What was set on the bot and on the recording for whoever receives its webhooks. The recording's
// value of a key counts, unless it is null.
std::string merged_metadata(const json_tree& tree, const json_node* bot, const json_node* recording)
{
    std::map<std::string_view, const json_node*> merged;
    for (const auto* const from : {bot, recording}) {
        const auto* const metadata = from != nullptr ? tree.find(*from, "metadata") : nullptr;
        if (metadata == nullptr || metadata->type != json_type::object)
            continue;
        for (const auto index : tree.children(*metadata)) {
            const auto& member = tree[index];
            const auto [place, fresh] = merged.try_emplace(member.key, &member);
            if (!fresh && member.type != json_type::null)
                place->second = &member;
        }
    }
    std::string text;
    for (const auto& [key, member] : merged) {
        text += text.empty() ? '{' : ',';
        append_canonical_member(text, tree, *member);
    }
    return text.empty() ? "{}" : text += '}';
}

// The meeting is the recording.
result<meeting_facts, fault> read_meeting(const json_tree& tree, const json_node& data)
{
    const auto recording = required(tree, data, "data.", "recording", json_type::object);
    if (!recording)
        return recording.error();
    const auto id = required(tree, **recording, "data.recording.", "id", json_type::string);
    if (!id)
        return id.error();
    const auto* const bot = tree.find(data, "bot");
    meeting_facts meeting;
    meeting.id = (*id)->text;
    meeting.recording_id = meeting.id;
    if (bot != nullptr)
        meeting.bot_id = optional_text(tree, *bot, "id");
    meeting.metadata = merged_metadata(tree, bot, *recording);
    return meeting;
}

// Seconds with a fraction, as milliseconds: cut, as absolute times are, but of whole microseconds,
// for 12.041 has no exact double.
result<std::int64_t, fault> relative_ms(const json_tree& tree, const json_node& time)
{
    constexpr std::string_view path = "data.data.timestamp.";
    const auto member = required(tree, time, path, "relative", json_type::number);
    // Neither of the two is there: it is the absolute one that is missed.
    if (!member && member.error().code == errc::missing_field)
        return fault{errc::missing_field, std::string{path}.append("absolute")};
    if (!member)
        return member.error();
    constexpr double longest = 1e9;  // 31 years
    double seconds = 0;
    const auto token = (*member)->text;
    const auto parsed = std::from_chars(token.data(), token.data() + token.size(), seconds);
    if (parsed.ec != std::errc{} || !(std::abs(seconds) <= longest))
        return fault{errc::bad_time, std::string{path}.append("relative")};
    const auto micros = std::chrono::microseconds{std::llround(seconds * 1e6)};
    return std::chrono::floor<milliseconds>(micros).count();
}

result<moment, fault> read_moment(const json_tree& tree, const json_node& time)
{
    moment found;
    const auto absolute = instant(tree, time, "data.data.timestamp.", "absolute");
    if (absolute) {
        found.absolute = *absolute;
        return found;
    }
    if (absolute.error().code != errc::missing_field)
        return absolute.error();
    const auto relative = relative_ms(tree, time);
    if (!relative)
        return relative.error();
    found.relative_ms = *relative;
    return found;
}

// What was said; nothing where this is no message. Whatever is not told is empty.
std::optional<chat_words> read_words(const told& from, const json_node& inner)
{
    if (from.what != kind::participant_chat)
        return std::nullopt;
    const auto* const chat = from.tree.find(inner, "data");
    const auto text = [&](std::string_view key) {
        const auto* const member = chat != nullptr ? from.tree.find(*chat, key) : nullptr;
        return member != nullptr && member->type == json_type::string ? member->text
                                                                      : std::string_view{};
    };
    return chat_words{text("text"), text("to")};
}

// `weak_identity` says that the event may come again, under another id, by the download.
std::string action_data(const told& from, const json_node& inner, const json_node& who, bool weak)
{
    std::string text = "{";
    if (from.what == kind::participant_chat) {
        static const json_node nothing;
        const auto* const chat = from.tree.find(inner, "data");
        for (const std::string_view key : {"text", "to"}) {
            text.append("\"").append(key).append("\":");
            append_member(text, from.tree, chat != nullptr ? *chat : nothing, key);
            text += ',';
        }
    }
    text += R"("extra_data":)";
    append_member(text, from.tree, who, "extra_data");
    if (weak)
        text += R"(,"weak_identity":true)";
    return text += '}';
}

result<event, fault> participant_action(const told& from)
{
    const auto& tree = from.tree;
    const auto inner = required(tree, from.data, "data.", "data", json_type::object);
    if (!inner)
        return inner.error();
    const auto who = required(tree, **inner, "data.data.", "participant", json_type::object);
    if (!who)
        return who.error();
    auto participant = read_participant(tree, **who, "data.data.participant.");
    if (!participant)
        return participant.error();
    const auto time = required(tree, **inner, "data.data.", "timestamp", json_type::object);
    if (!time)
        return time.error();
    const auto at = read_moment(tree, **time);
    if (!at)
        return at.error();

    // Where nothing tells when it was, it was not after it came.
    auto made = from.new_event(at->absolute.value_or(from.record.received_at));
    made.identity = action_identity(
        from.region,
        from.meeting.id,
        action_of(from.known.name),
        participant->id,
        *at,
        read_words(from, **inner)
    );
    made.data = action_data(from, **inner, **who, !at->absolute);
    made.participant = std::move(*participant);
    return made;
}

result<event, fault> state_change(const told& from)
{
    const auto inner = required(from.tree, from.data, "data.", "data", json_type::object);
    if (!inner)
        return inner.error();
    const auto at = instant(from.tree, **inner, "data.data.", "updated_at");
    if (!at)
        return at.error();
    auto made = from.new_event(*at);
    made.identity = meeting_identity(from.region, from.meeting.id, made.kind);
    made.data = chosen_members(from.tree, **inner, {"code", "sub_code"});
    return made;
}

// What becomes no event. Of what names no recording nobody can be told anything.
normalised no_event(std::string_view name, const webhook* known, bool has_recording)
{
    normalised nothing{{}, std::string{name}};
    if (known != nullptr) {
        nothing.warning = known->warning;
        if (has_recording)
            nothing.sign = known->sign;
    }
    return nothing;
}

result<normalised, fault> normalise_webhook(
    const intake_record& record, std::string_view region, const json_tree& tree
)
{
    const auto name = required(tree, tree.root(), "", "event", json_type::string);
    if (!name)
        return name.error();
    const auto* const known = find_webhook((*name)->text);
    if (known == nullptr)
        return no_event((*name)->text, known, false);

    const auto data = required(tree, tree.root(), "", "data", json_type::object);
    auto meeting = data ? read_meeting(tree, **data) : data.error();
    // A bot's states name no recording, and which of its recordings they are about only the API
    // tells.
    const bool is_booked = meeting || !known->name.starts_with("bot.");
    const auto what = known->becomes;
    if (!what || !is_booked)
        return no_event(known->name, known, meeting.has_value());
    if (!meeting)
        return meeting.error();
    const told from{record, region, *known, *what, tree, **data, std::move(*meeting)};
    auto made =
        known->shape == webhook_shape::action ? participant_action(from) : state_change(from);
    if (!made)
        return made.error();
    normalised found;
    found.events.push_back(std::move(*made));
    found.sign = known->sign;
    return found;
}

}  // namespace

result<normalised, fault> normalise(const intake_record& record, std::string_view region)
{
    thread_local json_tree tree;
    if (auto parsed = tree.parse(record.body); !parsed)
        return parsed.error();
    if (tree.root().type != json_type::object)
        return fault{errc::wrong_type, ""};
    return normalise_webhook(record, region, tree);
}

}  // namespace rollcall::recall
