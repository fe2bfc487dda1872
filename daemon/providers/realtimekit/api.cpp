#include "providers/realtimekit/api.hpp"

#include "providers/request_target.hpp"

namespace rollcall::realtimekit {
namespace {

std::string_view in_words(refusal why)
{
    switch (why) {
        case refusal::none:
            return "nothing";
        case refusal::unreadable:
            return "of no use";
        case refusal::refused:
            return "the body says that it is a failure";
        case refusal::bad_request:
            return "a parameter is refused";
        case refusal::denied:
            return "the API token is refused; does it have the permission Realtime?";
        case refusal::not_found:
            return "not found; are account and app in the base URL right?";
        case refusal::throttled:
            return "too many requests";
        case refusal::unavailable:
            return "no answer of the API; redirects are not followed";
    }
    return "unknown";
}

poll_result result_of(refusal why)
{
    switch (why) {
        case refusal::denied:
            return poll_result::denied;
        case refusal::throttled:
            return poll_result::throttled;
        default:
            return poll_result::failed;
    }
}

}  // namespace

std::string session_target(std::string_view session)
{
    std::string target{"/sessions"};
    append_segment(target, session);
    return target;
}

std::string participants_target(std::string_view session, std::size_t page)
{
    auto target = session_target(session).append("/participants");
    append_parameter(target, "include_peer_events", "true");
    append_parameter(target, "view", "raw");
    append_parameter(target, "per_page", participants_a_page);
    append_parameter(target, "page_no", std::to_string(page));
    return target;
}

std::string participant_target(
    std::string_view session, std::string_view participant, std::string_view filters
)
{
    auto target = session_target(session).append("/participants");
    append_segment(target, participant);
    append_parameter(target, "include_peer_events", "true");
    if (!filters.empty())
        target.append("&filters=").append(filters);  // commas as they are: names, and no spaces
    return target;
}

std::string peer_target(std::string_view peer)
{
    std::string target{"/sessions/peer-report"};
    append_segment(target, peer);
    return target;
}

std::string active_session_target(std::string_view meeting)
{
    std::string target{"/meetings"};
    append_segment(target, meeting);
    return target.append("/active-session");
}

refusal read_refusal(const poll_response& response)
{
    if (!response.unreadable.empty())
        return refusal::unreadable;
    switch (response.status) {
        case 200:
            return refusal::none;
        case 400:
        case 422:
            return refusal::bad_request;
        case 401:
        case 403:
            return refusal::denied;
        case 404:
            return refusal::not_found;
        case 429:
            return refusal::throttled;
        default:
            return refusal::unavailable;
    }
}

poll_outcome refused(refusal why, const poll_response& answer)
{
    return refused_as(result_of(why), in_words(why), answer);
}

}  // namespace rollcall::realtimekit
