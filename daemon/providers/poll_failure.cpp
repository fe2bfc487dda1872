#include "providers/poll_failure.hpp"

#include <string>

namespace rollcall {

poll_outcome refused_as(poll_result result, std::string_view what, const poll_response& answer)
{
    poll_outcome outcome;
    outcome.result = result;
    if (!answer.unreadable.empty())
        outcome.why.append("unusable answer: ").append(answer.unreadable);
    else
        outcome.why.append("status ")
            .append(std::to_string(answer.status))
            .append(": ")
            .append(what);
    return outcome;
}

poll_outcome unusable(const fault& why)
{
    poll_outcome outcome;
    outcome.result = poll_result::failed;
    outcome.why.append("unusable answer: ").append(error_code{why.code}.message());
    if (!why.where.empty())
        outcome.why.append(" at ").append(why.where);
    return outcome;
}

}  // namespace rollcall
