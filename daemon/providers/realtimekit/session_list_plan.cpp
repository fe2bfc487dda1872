#include "providers/realtimekit/session_list_plan.hpp"

#include "providers/given_up.hpp"
#include "providers/kept_state.hpp"
#include "providers/request_target.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::realtimekit {
namespace {

constexpr unsigned most_tries_of_one = 3;

}  // namespace

session_list_plan::session_list_plan(const poll_pace& pace, std::string_view state) : pace_{pace}
{
    restore(state);
}

void session_list_plan::restore(std::string_view state)
{
    json_tree tree;
    if (!tree.parse(state))
        return;
    const auto account = kept_account(tree);
    const bool is_another = account && !pace_.account.empty() && *account != pace_.account;
    if (!is_another)
        read_until_ = told_until_ = kept_time(tree, "read_until");
}

poll_plan::step session_list_plan::next(timestamp now) const
{
    const auto& due = asks_one_ ? one_due_ : at(current_).due;
    if (!due.is_due(now))
        return wait{due.end()};
    return poll_request{target(now)};
}

// From the first start on: as far back as can be proved new.
timestamp session_list_plan::recent_since(timestamp now) const
{
    const auto oldest = now - (pace_.window - pace_.window / 10);
    return std::max(read_until_.value_or(oldest) - pace_.overlap, oldest);
}

std::string session_list_plan::target(timestamp now) const
{
    if (asks_one_)
        return session_target(vanished_.front());
    std::string target{"/sessions"};
    if (current_ == walk_kind::live)
        append_parameter(target, "status", "LIVE");
    append_parameter(target, "sort_by", "createdAt");
    append_parameter(target, "sort_order", "DESC");
    append_parameter(target, "per_page", sessions_a_page);
    append_parameter(target, "page_no", std::to_string(at(current_).pages.page()));
    if (current_ == walk_kind::recent)
        append_parameter(target, "start_time", to_rfc3339(recent_since(now)));
    return target;
}

// ---- what an answer tells -----------------------------------------------------------------------

poll_outcome session_list_plan::on_response(const poll_response& response, timestamp now)
{
    pending_.reset();
    return asks_one_ ? on_one(response, now) : on_page(response, now);
}

// One that was live and is in the list no more.
poll_outcome session_list_plan::on_one(const poll_response& response, timestamp now)
{
    const auto why = read_refusal(response);
    if (why == refusal::not_found) {
        pending_ = conclusions{.missing = true};
        return {};
    }
    if (why != refusal::none)
        return one_failed(refused(why, response), now);
    const auto found = read_one(response.body, "");
    const auto session = found ? read_session(found->rows.front()) : found.error();
    if (!session)
        return one_failed(unusable(session.error()), now);
    if (session->id != vanished_.front())
        return one_failed(unusable({errc::unknown_value, "data.id"}), now);
    pending_ = conclusions{.met = {{session->id, session->over}}};
    poll_outcome outcome;
    if (session->over)
        outcome.rows.push_back(
            {session->id, std::string{item::session}, std::string{found->rows.front()}}
        );
    return outcome;
}

// Its own plan looks at it as well, if seldom.
poll_outcome session_list_plan::one_failed(poll_outcome failure, timestamp now)
{
    if (failure.result == poll_result::failed && ++one_failures_ >= most_tries_of_one) {
        pending_ = conclusions{.missing = true};
        failure.result = poll_result::good;
        return failure;
    }
    one_due_ = {now, pace_.interval};
    choose();
    return failure;
}

poll_outcome session_list_plan::on_page(const poll_response& response, timestamp now)
{
    auto& walk = at(current_);
    const auto why = read_refusal(response);
    if (walk.pages.page() == 0 && (why == refusal::bad_request || why == refusal::not_found)) {
        pending_ = conclusions{.ends = true};  // that there is a page 0 was a guess
        return {};
    }
    if (why != refusal::none)
        return on_failure(refused(why, response), why == refusal::unreadable, now);
    const auto page = read_list(response.body, "sessions");
    if (!page)
        return on_failure(unusable(page.error()), true, now);
    at(current_ == walk_kind::live ? walk_kind::recent : walk_kind::live).with_it.others_work();
    return use_page(*page, response, now);
}

poll_outcome session_list_plan::use_page(
    const answer& page, const poll_response& response, timestamp now
)
{
    pending_ = conclusions{};
    pending_->date = response.date;
    poll_outcome outcome;
    const auto since = recent_since(now);
    bool in_range = true;
    for (const auto row : page.rows)
        in_range = use_row(row, outcome, since) && in_range;
    pending_->page = answer{{}, page.total};
    // A provider that does not take `start_time` would show all that it has ever had.
    pending_->ends = !in_range || at(current_).pages.ends_with(page, pending_->ids);
    return outcome;
}

// False for one that began before the walk's range. One that cannot be read is stored all the same:
// it is buried from there, once.
bool session_list_plan::use_row(std::string_view row, poll_outcome& outcome, timestamp since)
{
    const auto session = read_session(row);
    const auto& id = session ? session->id : std::string{row};
    pending_->ids.push_back(digest(id));
    if (current_ == walk_kind::recent && session && session->started_at &&
        *session->started_at < since)
        return false;
    if (session ? is_told(*session) : !over_.contains(digest(row)))
        outcome.rows.push_back(
            {session ? id : std::string{}, std::string{item::session}, std::string{row}}
        );
    pending_->met.push_back({id, !session || session->over});
    return true;
}

bool session_list_plan::is_told(const session_facts& session) const
{
    return session.over ? !over_.contains(digest(session.id)) : !live_.contains(session.id);
}

// The scheduler backs off; besides, the other walk has its turn.
poll_outcome session_list_plan::on_failure(poll_outcome failure, bool answered, timestamp now)
{
    auto& walk = at(current_);
    if (failure.result == poll_result::failed) {
        walk.with_it.failed(answered);
        if (walk.with_it.is_over())
            return give_up(failure, now);
    }
    walk.due = {now, current_ == walk_kind::live ? pace_.interval : pace_.discovery_interval};
    choose();
    return failure;
}

poll_outcome session_list_plan::give_up(const poll_outcome& failure, timestamp now)
{
    const auto& walk = at(current_);
    const given_up what{target(now), failure.why, walk.with_it.tries()};
    pending_ = conclusions{.given_up = true};
    poll_outcome outcome;
    outcome.why = "given up after " + std::to_string(what.tries) + " tries: " + what.why;
    if (!walk.given_up)
        outcome.rows.push_back(make_row({}, what));
    return outcome;
}

// ---- what is stored -----------------------------------------------------------------------------

void session_list_plan::on_stored(timestamp now)
{
    auto told = std::exchange(pending_, std::nullopt);
    if (!told)
        return;
    if (asks_one_) {
        take_in_one(*told);
    } else if (told->given_up) {
        at(current_).given_up = true;
        end_walk(false, now);
    } else {
        take_in_page(*std::move(told), now);
    }
    choose();
}

void session_list_plan::take_in_one(const conclusions& told)
{
    if (told.missing)
        live_.erase(vanished_.front());
    take_in(told.met);
    for (const auto& [id, over] : told.met)
        if (!over)
            live_[id] = live_walk_ - 1;  // the list has still to show it
    vanished_.pop_front();
    one_failures_ = 0;
    one_due_ = {};
}

void session_list_plan::take_in(const std::vector<met_session>& met)
{
    for (const auto& [id, over] : met) {
        if (!over) {
            live_[id] = live_walk_;
            continue;
        }
        const auto mark = digest(id);
        over_.insert(mark);
        over_met_.insert(mark);
        live_.erase(id);
    }
}

void session_list_plan::take_in_page(conclusions told, timestamp now)
{
    auto& walk = at(current_);
    if (!walk.began)
        walk.began = told.date.value_or(now);
    take_in(told.met);
    walk.pages.take(told.page, std::move(told.ids));
    walk.with_it.got_to(walk.pages.pages());
    walk.due = {now, milliseconds{0}};
    if (told.ends) {
        walk.given_up = false;
        end_walk(true, now);
    }
}

void session_list_plan::end_walk(bool complete, timestamp now)
{
    auto& walk = at(current_);
    if (complete)
        current_ == walk_kind::live ? finish_live() : finish_recent(now);
    walk.with_it = {};
    walk.due = {now, current_ == walk_kind::live ? pace_.discovery_interval : recent_period};
    begin(current_);
}

void session_list_plan::finish_live()
{
    for (const auto& [id, walk] : live_)
        if (walk != live_walk_ && std::ranges::find(vanished_, id) == vanished_.end())
            vanished_.push_back(id);
    ++live_walk_;
}

// What it has not met lies before where it begins, and never comes into it again.
void session_list_plan::finish_recent(timestamp now)
{
    const auto began = at(walk_kind::recent).began.value_or(now);
    read_until_ = std::max(read_until_.value_or(began), began);
    if (!told_until_ || *read_until_ >= *told_until_ + told_every)
        told_until_ = read_until_;
    over_ = std::exchange(over_met_, {});
}

void session_list_plan::begin(walk_kind which)
{
    auto& walk = at(which);
    walk.pages = page_walk{};
    walk.began.reset();
    if (which == walk_kind::recent)
        over_met_ = {};
}

void session_list_plan::choose()
{
    if (sweep_told_)
        return start_again();
    const auto live = at(walk_kind::live).due.end(), recent = at(walk_kind::recent).due.end();
    current_ = live < recent ? walk_kind::live : walk_kind::recent;
    asks_one_ = !vanished_.empty() && one_due_.end() <= std::min(live, recent);
}

void session_list_plan::sweep(timestamp /*now*/)
{
    sweep_told_ = true;
    one_due_ = {};
    at(current_).due = {};
}

void session_list_plan::start_again()
{
    sweep_told_ = false;
    live_.clear();
    vanished_.clear();
    one_failures_ = 0;
    one_due_ = {};
    asks_one_ = false;
    over_ = {};
    read_until_.reset();
    for (const auto which : {walk_kind::live, walk_kind::recent}) {
        at(which) = {};
        begin(which);
    }
    current_ = walk_kind::recent;
}

std::string session_list_plan::state() const
{
    std::string json = R"({"phase":")";
    json.append(phase()).append("\"");
    if (told_until_ && !sweep_told_) {
        append_time(json, "read_until", told_until_);
        append_account(json, pace_.account);
    }
    return json += '}';
}

}  // namespace rollcall::realtimekit
