#include "providers/realtimekit/route.hpp"

#include "providers/json_facts.hpp"
#include "providers/realtimekit/api.hpp"
#include "providers/realtimekit/normalise.hpp"
#include "providers/realtimekit/signature.hpp"

namespace rollcall::realtimekit {
namespace {

// Of a body that cannot be read, too: whoever looks after the dead letters is not to find any.
bool may_hold_secrets(std::string_view body)
{
    return body.find("streamKey") != std::string_view::npos ||
           body.find("ownloadUrl") != std::string_view::npos;
}

constexpr std::string_view no_event = "(no event)";
constexpr std::string_view unreadable = "(unreadable)";

routing not_stored(std::string_view what)
{
    routing nowhere;
    nowhere.ignored = what;
    return nowhere;
}

}  // namespace

result<routing, fault> route(const webhook_request& request, std::span<const std::string> prefixes)
{
    thread_local json_tree tree;
    if (auto parsed = tree.parse(request.body); !parsed) {
        if (may_hold_secrets(request.body))
            return not_stored(unreadable);
        return parsed.error();
    }
    const auto& root = tree.root();
    if (root.type != json_type::object)
        return fault{errc::wrong_type, ""};
    const auto what = optional_text(tree, root, "event");
    if (!what || !becomes_event(*what))
        return not_stored(what ? std::string_view{*what} : no_event);
    routing found;
    if (const auto* const meeting = tree.find(root, "meeting")) {
        if (auto session = optional_text(tree, *meeting, "sessionId"))
            found.key = *std::move(session);
        else if (const auto id = optional_text(tree, *meeting, "id"))
            found.key = std::string{meeting_prefix}.append(*id);
    }
    found.delivery_id = find_header(request, "uuid", prefixes).text;
    return found;
}

}  // namespace rollcall::realtimekit
