#include "providers/recall/api.hpp"

#include "providers/request_target.hpp"

#include <algorithm>

namespace rollcall::recall {
namespace {

std::string path_of(std::string_view list, std::string_view id)
{
    std::string path{list};
    path.pop_back();
    append_segment(path, id);
    return path += '/';
}

std::string_view in_words(refusal why)
{
    switch (why) {
        case refusal::none:
            return "nothing";
        case refusal::unreadable:
            return "of no use";
        case refusal::bad_request:
            return "the request is refused";
        case refusal::denied:
            return "the API key is refused, or no credit is left";
        case refusal::blocked:
            return "something before the API blocks the request";
        case refusal::not_found:
            return "no such object in the key's workspace";
        case refusal::conflict:
            return "the object is being changed";
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

bool is_id(std::string_view text)
{
    constexpr std::size_t longest = 64;
    return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '_';
    });
}

std::string artifact_path(std::string_view id)
{
    return path_of(artifacts_path, id);
}

std::string recording_path(std::string_view id)
{
    return path_of("/api/v1/recording/", id);
}

std::string bot_path(std::string_view id)
{
    return path_of("/api/v1/bot/", id);
}

std::optional<std::string> target_of_next(std::string_view next, std::string_view base_url)
{
    if (base_url.empty() || !next.starts_with(base_url))
        return std::nullopt;
    next.remove_prefix(base_url.size());
    const bool is_sendable =
        std::ranges::all_of(next, [](char c) { return c > ' ' && c < 0x7F && c != '#'; });
    if (!next.starts_with('/') || !is_sendable)
        return std::nullopt;
    return std::string{next};
}

refusal read_refusal(const poll_response& response)
{
    if (!response.unreadable.empty())
        return refusal::unreadable;
    switch (response.status) {
        case 200:
            return refusal::none;
        case 400:
        case 405:
            return refusal::bad_request;
        case 401:
        case 402:
            return refusal::denied;
        case 403:
            return refusal::blocked;
        case 404:
        case 410:
            return refusal::not_found;
        case 409:
            return refusal::conflict;
        case 429:
        case 507:
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

bool was_answered(refusal why)
{
    return why == refusal::unreadable || why == refusal::bad_request || why == refusal::blocked ||
           why == refusal::not_found;
}

}  // namespace rollcall::recall
