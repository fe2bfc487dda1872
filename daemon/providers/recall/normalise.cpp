#include "providers/recall/normalise.hpp"

#include "providers/canonical_json.hpp"
#include "providers/hmac_sha256.hpp"
#include "providers/json_facts.hpp"
#include "providers/new_event.hpp"
#include "providers/recall/action.hpp"
#include "providers/recall/bot_key.hpp"
#include "providers/recall/identity.hpp"
#include "providers/recall/meeting.hpp"
#include "providers/recall/rows.hpp"
#include "providers/recall/webhooks.hpp"

#include <algorithm>
#include <utility>

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

// The recording it is about, and the bot beside it.
result<meeting_facts, fault> meeting_of(const json_tree& tree, const json_node& data)
{
    const auto recording = required(tree, data, "data.", "recording", json_type::object);
    if (!recording)
        return recording.error();
    return read_meeting(tree, **recording, tree.find(data, "bot"), "data.recording.");
}

// The digits of a time that its milliseconds leave out.
std::string_view beyond_milliseconds(std::string_view absolute)
{
    const auto point = absolute.find('.');
    if (point == std::string_view::npos)
        return {};
    auto digits = absolute.substr(point + 1);
    digits = digits.substr(0, digits.find_first_not_of("0123456789"));
    digits = digits.substr(std::min<std::size_t>(3, digits.size()));
    return digits.substr(0, digits.find_last_not_of('0') + 1);
}

// Of what a webhook says besides its key: what is written in one way or another there, such as an
// id or a time zone, is left out. Never 0: that is for what nothing is known of.
std::uint32_t digest_of(const json_tree& tree, const json_node& said)
{
    std::string text;
    if (const auto* const who = tree.find(said, "participant"))
        for (const auto index : tree.children(*who))
            if (tree[index].key != "id")
                append_canonical_member(text, tree, tree[index]);
    if (const auto* const data = tree.find(said, "data"))
        append_canonical(text += ';', tree, *data);
    const auto* const time = tree.find(said, "timestamp");
    const auto* const absolute = time != nullptr ? tree.find(*time, "absolute") : nullptr;
    if (absolute != nullptr && absolute->type == json_type::string)
        text.append(";").append(beyond_milliseconds(absolute->text));
    const auto digest = sha256(text);
    std::uint32_t first = 0;
    for (std::size_t n = 0; n < sizeof first; ++n)
        first = first << 8 | digest[n];
    return std::max(first, 1U);
}

result<event, fault> participant_action(const told& from)
{
    const auto& tree = from.tree;
    const auto inner = required(tree, from.data, "data.", "data", json_type::object);
    if (!inner)
        return inner.error();
    auto done = read_action(tree, **inner, "data.data.", from.what);
    if (!done)
        return done.error();
    // Where nothing tells when it was, it was not after it came.
    auto made = from.new_event(done->at.absolute.value_or(from.record.received_at));
    identify(made, from.region, action_of(from.known.name), *done);
    made.content = digest_of(tree, **inner);
    made.data = std::move(done->data);
    made.participant = std::move(done->who);
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

// What becomes no event. What names no recording but a bot is a sign of the bot: its own plan finds
// the recording it is about.
normalised no_event(std::string_view name, const webhook* known, bool is_followed)
{
    normalised nothing{{}, std::string{name}};
    if (known != nullptr) {
        nothing.warning = known->warning;
        if (is_followed)
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
    auto meeting = data ? meeting_of(tree, **data) : data.error();
    // A bot's states name no recording, and which of its recordings they are about only the API
    // tells.
    const bool is_bots = !meeting && known->name.starts_with("bot.");
    const auto what = known->becomes;
    if (!what || is_bots)
        return no_event(known->name, known, meeting || (is_bots && bot_of(record.key)));
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
    if (record.via != way::webhook)
        return normalise_row(record, region);
    thread_local json_tree tree;
    if (auto parsed = tree.parse(record.body); !parsed)
        return parsed.error();
    if (tree.root().type != json_type::object)
        return fault{errc::wrong_type, ""};
    return normalise_webhook(record, region, tree);
}

}  // namespace rollcall::recall
