#include "providers/attendee/api.hpp"

#include "providers/json_tree.hpp"
#include "providers/request_target.hpp"

namespace rollcall::attendee {
namespace {

// The two reasons for a 404 that mean something are told apart by the member they stand in.
refusal read_not_found(std::string_view body)
{
    thread_local json_tree tree;
    if (!tree.parse(body) || tree.root().type != json_type::object)
        return refusal::not_served;
    const auto says = [](std::string_view member, std::string_view text) {
        const auto* found = tree.find(tree.root(), member);
        return found != nullptr && found->type == json_type::string && found->text == text;
    };
    if (says("error", "Bot not found"))
        return refusal::no_such_bot;
    return says("detail", "Invalid cursor") ? refusal::invalid_cursor : refusal::not_served;
}

std::string_view in_words(refusal why)
{
    switch (why) {
        case refusal::none:
            return "nothing";
        case refusal::unreadable:
            return "of no use";
        case refusal::bad_request:
            return "a parameter is refused";
        case refusal::denied:
            return "the API key is refused";
        case refusal::no_such_bot:
            return "no such bot in the key's project";
        case refusal::invalid_cursor:
            return "the cursor is refused";
        case refusal::not_served:
            return "no such path, is the base URL right?";
        case refusal::throttled:
            return "too many requests";
        case refusal::broken:
            return "the server failed";
        case refusal::unavailable:
            return "no answer of the API; redirects are not followed";
    }
    return "unknown";
}

}  // namespace

std::string bot_path(std::string_view meeting)
{
    std::string path{bots_path};
    append_segment(path, meeting);
    return path;
}

refusal read_refusal(const poll_response& response)
{
    if (!response.unreadable.empty())
        return refusal::unreadable;
    switch (response.status) {
        case 200:
            return refusal::none;
        case 400:
            return refusal::bad_request;
        case 401:
        case 403:
            return refusal::denied;
        case 404:
            return read_not_found(response.body);
        case 405:
        case 406:
        case 410:
            return refusal::not_served;
        case 429:
            return refusal::throttled;
        case 500:
            return refusal::broken;
        default:
            return refusal::unavailable;
    }
}

poll_outcome refused(refusal why, const poll_response& answer)
{
    const auto result = why == refusal::denied      ? poll_result::denied
                        : why == refusal::throttled ? poll_result::throttled
                                                    : poll_result::failed;
    return refused_as(result, in_words(why), answer);
}

}  // namespace rollcall::attendee
