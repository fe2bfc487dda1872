#include "providers/realtimekit/meeting_lookup_plan.hpp"

#include "providers/realtimekit/session.hpp"
#include "providers/request_target.hpp"

#include <utility>

namespace rollcall::realtimekit {

meeting_lookup_plan::meeting_lookup_plan(const poll_pace& pace, std::string meeting)
    : pace_{pace}, meeting_{std::move(meeting)}
{
}

poll_plan::step meeting_lookup_plan::next(timestamp now) const
{
    if (walks_left_ == 0)
        return done{};
    if (!due_.is_due(now))
        return wait{due_.end()};
    return poll_request{target()};
}

std::string meeting_lookup_plan::target() const
{
    if (asks_active_)
        return active_session_target(meeting_);
    std::string target{"/sessions"};
    append_parameter(target, "associated_id", meeting_);
    append_parameter(target, "sort_by", "createdAt");
    append_parameter(target, "sort_order", "DESC");
    append_parameter(target, "per_page", sessions_a_page);
    append_parameter(target, "page_no", std::to_string(walk_.page()));
    return target;
}

poll_outcome meeting_lookup_plan::on_response(const poll_response& response, timestamp now)
{
    pending_.reset();
    return asks_active_ ? on_active(response, now) : on_page(response, now);
}

// That none is going on may be said with 404, or with an answer that has no session in it.
poll_outcome meeting_lookup_plan::on_active(const poll_response& response, timestamp now)
{
    const auto why = read_refusal(response);
    if (why != refusal::none && why != refusal::not_found && why != refusal::bad_request)
        return put_off(refused(why, response), now);
    poll_outcome outcome;
    pending_ = conclusions{};
    if (why != refusal::none)
        return outcome;
    if (const auto found = read_one(response.body, ""); found && read_session(found->rows.front()))
        outcome.rows.push_back(row_of(found->rows.front(), item::session_of_meeting));
    return outcome;
}

poll_outcome meeting_lookup_plan::on_page(const poll_response& response, timestamp now)
{
    const auto why = read_refusal(response);
    const bool is_page_0 = walk_.page() == 0 && why == refusal::bad_request;
    if (why != refusal::none && why != refusal::not_found && !is_page_0)
        return put_off(refused(why, response), now);
    const auto page = why == refusal::none ? read_list(response.body, "sessions")
                                           : result<answer, fault>{answer{}};
    if (!page)
        return put_off(unusable(page.error()), now);
    poll_outcome outcome;
    pending_ = conclusions{.page = {{}, page->total}};
    bool too_old = false;
    for (const auto row : page->rows) {
        const auto session = read_session(row);
        if (!session)
            continue;  // the list's own plan sees to it
        pending_->ids.push_back(digest(session->id));
        too_old = too_old || (session->started_at && *session->started_at < now - pace_.window);
        outcome.rows.push_back(row_of(row, item::session_of_meeting));
    }
    pending_->ends = too_old || walk_.ends_with(*page, pending_->ids);
    if (pending_->ends)
        outcome.rows.push_back(row_of("{}", item::meeting_read));
    return outcome;
}

polled_row meeting_lookup_plan::row_of(std::string_view body, std::string_view item) const
{
    return {std::string{meeting_prefix}.append(meeting_), std::string{item}, std::string{body}};
}

poll_outcome meeting_lookup_plan::put_off(poll_outcome failure, timestamp now)
{
    due_ = {now, pace_.discovery_interval};
    return failure;
}

void meeting_lookup_plan::on_stored(timestamp now)
{
    const auto told = std::exchange(pending_, std::nullopt);
    if (!told)
        return;
    due_ = {now, milliseconds{0}};
    if (std::exchange(asks_active_, false))
        return;
    if (!told->ends) {
        walk_.take(told->page, told->ids);
        return;
    }
    asks_active_ = true;
    walk_ = page_walk{};
    walks_left_ = std::exchange(told_again_, false) ? walks : walks_left_ - 1;
    if (walks_left_ < walks)
        due_ = {now, pace_.discovery_interval};
}

// In the middle of a walk it is not known whether what it has read was read in time.
void meeting_lookup_plan::sweep(timestamp /*now*/)
{
    told_again_ = !asks_active_;
    walks_left_ = walks;
    due_ = {};
}

}  // namespace rollcall::realtimekit
