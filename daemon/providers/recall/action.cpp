#include "providers/recall/action.hpp"

#include "providers/json_facts.hpp"
#include "providers/recall/participant.hpp"

#include <charconv>
#include <cmath>
#include <utility>

namespace rollcall::recall {
namespace {

// Seconds with a fraction, as milliseconds: cut, as absolute times are, but of whole microseconds,
// for 12.041 has no exact double.
result<std::int64_t, fault> relative_ms(
    const json_tree& tree, const json_node& time, std::string_view path
)
{
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

// What was said; nothing where this is no message. Whatever is not told is empty.
std::optional<chat_words> read_words(const json_tree& tree, const json_node& object, kind what)
{
    if (what != kind::participant_chat)
        return std::nullopt;
    const auto* const chat = tree.find(object, "data");
    const auto text = [&](std::string_view key) {
        const auto* const member = chat != nullptr ? tree.find(*chat, key) : nullptr;
        return member != nullptr && member->type == json_type::string ? member->text
                                                                      : std::string_view{};
    };
    return chat_words{text("text"), text("to")};
}

// `weak_identity` says that the event may come again, under another id, by the download.
std::string action_data(
    const json_tree& tree, const json_node& object, const json_node& who, kind what, bool weak
)
{
    std::string text = "{";
    if (what == kind::participant_chat) {
        static const json_node nothing;
        const auto* const chat = tree.find(object, "data");
        for (const std::string_view key : {"text", "to"}) {
            text.append("\"").append(key).append("\":");
            append_member(text, tree, chat != nullptr ? *chat : nothing, key);
            text += ',';
        }
    }
    text += R"("extra_data":)";
    append_member(text, tree, who, "extra_data");
    if (weak)
        text += R"(,"weak_identity":true)";
    return text += '}';
}

}  // namespace

result<moment, fault> read_moment(
    const json_tree& tree, const json_node& time, std::string_view path
)
{
    moment found;
    const auto absolute = instant(tree, time, path, "absolute");
    if (absolute) {
        found.absolute = *absolute;
        return found;
    }
    if (absolute.error().code != errc::missing_field)
        return absolute.error();
    const auto relative = relative_ms(tree, time, path);
    if (!relative)
        return relative.error();
    found.relative_ms = *relative;
    return found;
}

result<action, fault> read_action(
    const json_tree& tree, const json_node& object, std::string_view path, kind what
)
{
    const auto below = [path](std::string_view key) {
        return std::string{path}.append(key).append(".");
    };
    const auto who = required(tree, object, path, "participant", json_type::object);
    if (!who)
        return who.error();
    auto participant = read_participant(tree, **who, below("participant"));
    if (!participant)
        return participant.error();
    const auto time = required(tree, object, path, "timestamp", json_type::object);
    if (!time)
        return time.error();
    const auto at = read_moment(tree, **time, below("timestamp"));
    if (!at)
        return at.error();
    return action{
        .who = std::move(*participant),
        .at = *at,
        .said = read_words(tree, object, what),
        .data = action_data(tree, object, **who, what, !at->absolute)};
}

void identify(event& made, std::string_view region, std::string_view name, const action& done)
{
    const auto& meeting = made.meeting.id;
    const auto& who = done.who.id;
    made.identity = action_identity(region, meeting, name, who, done.at, done.said);
    made.alike = timeless_identity(region, meeting, name, who, done.at, done.said);
}

}  // namespace rollcall::recall
