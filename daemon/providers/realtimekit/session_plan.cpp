#include "providers/realtimekit/session_plan.hpp"

#include "providers/given_up.hpp"
#include "providers/json_facts.hpp"
#include "providers/kept_state.hpp"
#include "providers/realtimekit/participant_row.hpp"
#include "providers/realtimekit/session.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::realtimekit {
namespace {

constexpr std::string_view no_such_session =
    "no such session; are account and app in the base URL those that send the webhooks?";

// A participant that is asked for alone is not worth more than that: its listed row is there.
constexpr unsigned most_single_tries = 2;

}  // namespace

session_plan::session_plan(
    const poll_pace& pace,
    std::shared_ptr<filters> with,
    std::string session,
    std::string_view state
)
    : pace_{pace}, filters_{std::move(with)}, session_{std::move(session)}
{
    restore(state);
    update_state();
}

// What cannot be read counts as none: everything is read again.
void session_plan::restore(std::string_view state)
{
    json_tree tree;
    if (!tree.parse(state) || tree.root().type != json_type::object)
        return;
    account_ = kept_account(tree);
    ended_at_ = kept_time(tree, "ended_at");
    if (!ended_at_)
        return;
    stage_ = stage::late;
    current_ = job::rows;
    timer_of(job::rows) = {*ended_at_, pace_.late_sweep};
}

poll_plan::step session_plan::next(timestamp now) const
{
    if (stage_ == stage::closed)
        return done{};
    const auto& due = timer_of(current_);
    if (!due.is_due(now))
        return wait{due.end()};
    return poll_request{target()};
}

std::string session_plan::target() const
{
    if (current_ == job::look)
        return session_target(session_);
    if (current_ == job::rows)
        return participants_target(session_, walk_.page());
    const auto& asked = singles_.front();
    switch (asked.how) {
        case single::by::participant:
            return participant_target(session_, asked.id, {});
        case single::by::peer:
            return peer_target(asked.id);
        case single::by::filters:
            break;
    }
    return participant_target(session_, asked.id, filters_->names());
}

// ---- what an answer tells -----------------------------------------------------------------------

poll_outcome session_plan::on_response(const poll_response& response, timestamp now)
{
    pending_.reset();
    auto outcome = current_ == job::look   ? on_session(response, now)
                   : current_ == job::rows ? on_page(response, now)
                                           : on_single(response, now);
    if (outcome.result != poll_result::good)
        return outcome;
    if (!pending_->given_up)
        for (const auto each : {job::look, job::rows})
            if (each != current_)
                patience_with(each).others_work();
    outcome.swept = outcome.swept || completes_sweep(*pending_);
    for (auto& row : outcome.rows)
        row.key = session_;
    return outcome;
}

poll_outcome session_plan::on_session(const poll_response& response, timestamp now)
{
    const auto why = read_refusal(response);
    poll_outcome outcome;
    if (why == refusal::not_found) {
        pending_ = conclusions{.missing = true};
        outcome.swept = looks().is_over(missing_ + 1, was_found());
        if (!was_found())
            outcome.why = no_such_session;
        return outcome;
    }
    if (why != refusal::none)
        return fail(why, refused(why, response), now);
    const auto found = read_one(response.body, "");
    const auto facts = found ? read_session(found->rows.front()) : found.error();
    if (!facts)
        return fail(refusal::unreadable, unusable(facts.error()), now);
    if (facts->id != session_)
        return fail(refusal::unreadable, unusable({errc::unknown_value, "data.id"}), now);
    pending_ = conclusions{.session = true, .over = facts->over};
    if (!session_told_ || session_over_ != facts->over)
        outcome.rows.push_back(
            {{}, std::string{item::followed_session}, std::string{found->rows.front()}}
        );
    return outcome;
}

poll_outcome session_plan::on_page(const poll_response& response, timestamp now)
{
    const auto why = read_refusal(response);
    // That there is a page 0 was a guess.
    if (walk_.page() == 0 && (why == refusal::bad_request || why == refusal::not_found)) {
        pending_ = conclusions{.page_ends = true, .page = answer{}};
        return {};
    }
    if (why == refusal::not_found) {  // the look, which comes next, decides
        pending_ = conclusions{.missing = true};
        return {};
    }
    if (why != refusal::none)
        return fail(why, refused(why, response), now);
    const auto page = read_list(response.body, "participants");
    if (!page)
        return fail(refusal::unreadable, unusable(page.error()), now);
    return use_page(*page, response);
}

poll_outcome session_plan::use_page(const answer& page, const poll_response& response)
{
    auto& told = pending_.emplace();
    poll_outcome outcome;
    for (const auto row : page.rows)
        use_row(row, told, outcome);
    told.page_ends = walk_.ends_with(page, told.ids);
    told.page = answer{{}, page.total};
    told.date = response.date;
    return outcome;
}

// One that cannot be read is stored all the same: it is buried from there, once.
void session_plan::use_row(std::string_view row, conclusions& told, poll_outcome& outcome)
{
    const auto read = read_participant_row(row);
    const auto id = digest(read ? std::string_view{read->id} : row);
    const auto mark = read ? mark_of(*read) : id;
    told.ids.push_back(id);
    const bool asks_details = read && stage_ == stage::late && !filters_->names().empty();
    if (asks_details)
        told.more.push_back({single::by::filters, read->id, {}, mark});
    if (const auto known = known_.find(id); known != known_.end() && known->second == mark)
        return;
    if (read && !read->has_events && fruitless_ < most_fruitless) {
        told.more.push_back({single::by::participant, read->id, std::string{row}, mark});
        return;
    }
    told.marks.emplace_back(id, mark);
    outcome.rows.push_back({{}, std::string{item::participant}, std::string{row}});
}

poll_outcome session_plan::on_single(const poll_response& response, timestamp now)
{
    const auto& asked = singles_.front();
    const auto why = read_refusal(response);
    if (why == refusal::denied || why == refusal::throttled)
        return fail(why, refused(why, response), now);
    const bool answers =
        why == refusal::none || why == refusal::bad_request || why == refusal::not_found;
    if (!answers)
        return single_failed(refused(why, response), now);
    auto& told = pending_.emplace();
    auto found = why == refusal::none ? found_alone(response) : std::nullopt;
    if (!found)
        return asked.how == single::by::filters ? without_details(why, told) : without_events(told);
    told.singles_done = 1;
    if (asked.how != single::by::filters)
        told.marks.emplace_back(digest(asked.id), asked.mark);
    poll_outcome outcome;
    outcome.rows.push_back(*std::move(found));
    return outcome;
}

// The participant with what it was asked for alone for; nothing where that is missing.
std::optional<polled_row> session_plan::found_alone(const poll_response& response) const
{
    const auto& asked = singles_.front();
    const auto found = read_one(response.body, "participant");
    const auto row = found ? read_participant_row(found->rows.front()) : found.error();
    if (!row || row->id != asked.id)
        return std::nullopt;
    if (asked.how == single::by::filters)
        return polled_row{{}, std::string{item::details}, std::string{found->rows.front()}};
    if (!row->has_events)
        return std::nullopt;
    return polled_row{{}, std::string{item::participant}, std::string{found->rows.front()}};
}

// One version of the vendor's page has the filters, another does not.
poll_outcome session_plan::without_details(refusal why, conclusions& told)
{
    poll_outcome outcome;
    told.singles_done = 1;
    if (why != refusal::bad_request)
        return outcome;
    if (filters_->refuse())
        outcome.why = "the filters of the settings are refused; going on without them";
    while (told.singles_done < singles_.size() &&
           singles_[told.singles_done].how == single::by::filters)
        ++told.singles_done;
    return outcome;
}

// There are none under the participant: by the peer, and then the listed row counts as it is.
// After several such participants the rest are not asked for.
poll_outcome session_plan::without_events(conclusions& told)
{
    poll_outcome outcome;
    if (singles_.front().how == single::by::participant) {
        told.by_peer = true;
        return outcome;
    }
    told.fruitless = true;
    const bool gives_up = fruitless_ + 1 >= most_fruitless;
    for (const auto& each : singles_) {
        if (each.how == single::by::filters || (told.singles_done > 0 && !gives_up))
            break;
        ++told.singles_done;
        told.marks.emplace_back(digest(each.id), each.mark);
        outcome.rows.push_back({{}, std::string{item::participant}, each.listed});
    }
    return outcome;
}

poll_outcome session_plan::single_failed(poll_outcome failure, timestamp now)
{
    auto& asked = singles_.front();
    if (++asked.failures < most_single_tries)
        return put_off(std::move(failure), now);
    auto& told = pending_.emplace();
    if (asked.how == single::by::filters) {
        auto outcome = without_details(refusal::unavailable, told);
        outcome.why = "a participant's details cannot be read: " + failure.why;
        return outcome;
    }
    asked.how = single::by::peer;
    return without_events(told);
}

poll_outcome session_plan::fail(refusal why, poll_outcome failure, timestamp now)
{
    if (failure.result != poll_result::failed)
        return put_off(std::move(failure), now);
    auto& mine = patience_with(current_);
    mine.failed(why == refusal::unreadable);
    return mine.is_over() ? give_up(failure) : put_off(std::move(failure), now);
}

poll_outcome session_plan::give_up(const poll_outcome& failure)
{
    const given_up what{target(), failure.why, patience_with(current_).tries()};
    pending_ = conclusions{.given_up = true, .page_ends = current_ == job::rows};
    poll_outcome outcome;
    outcome.why = "given up after " + std::to_string(what.tries) + " tries: " + what.why;
    if (!given_up_[static_cast<std::size_t>(current_)])
        outcome.rows.push_back(make_row(session_, what));
    return outcome;
}

// The scheduler backs off; besides, it is looked whether the provider is there at all.
poll_outcome session_plan::put_off(poll_outcome failure, timestamp now)
{
    timer_of(current_) = {now, std::min(pace_.interval, longest_retry)};
    look_between_ = is_over() && current_ != job::look && failure.result == poll_result::failed;
    if (look_between_)
        timer_of(job::look) = {};
    choose();
    return failure;
}

// Whether nothing of the last sweep is left to be asked.
bool session_plan::completes_sweep(const conclusions& told) const
{
    if (stage_ != stage::late || sweep_told_)
        return false;
    if (current_ == job::rows)
        return told.page_ends && singles_.empty() && told.more.empty();
    return current_ == job::one && walk_done_ && told.singles_done == singles_.size();
}

// ---- what is stored -----------------------------------------------------------------------------

void session_plan::on_stored(timestamp now)
{
    auto told = std::exchange(pending_, std::nullopt);
    if (!told)
        return;
    if (told->given_up)
        pass_over(now);
    else if (told->missing)
        take_in_missing(now);
    else if (current_ == job::look)
        take_in_session(*told, now);
    else if (current_ == job::rows)
        take_in_page(*std::move(told), now);
    else
        take_in_singles(*std::move(told), now);
    choose();
    update_state();
}

void session_plan::take_in_session(const conclusions& told, timestamp now)
{
    missing_ = 0;
    account_ = pace_.account;
    patience_with(job::look) = {};
    look_between_ = false;
    session_told_ = true;
    session_over_ = told.over;
    timer_of(job::look) = {now, look_period};
    if (!is_over())
        enter(told.over ? stage::closing : stage::live, now);
}

void session_plan::take_in_missing(timestamp now)
{
    if (current_ != job::look) {
        timer_of(current_) = {now, pace_.interval};
        missing_ = std::max(missing_, 1U);
        timer_of(job::look) = {};
        return;
    }
    timer_of(job::look) = {now, looks().pause(++missing_, was_found())};
    if (looks().is_over(missing_, was_found()))
        stage_ = stage::closed;
}

void session_plan::take_in_page(conclusions told, timestamp now)
{
    account_ = pace_.account;
    if (walk_.page() == 0 && told.marks.empty() && told.more.empty())
        with_page_0_ = false;
    if (!walk_began_)
        walk_began_ = told.date.value_or(now);
    for (const auto& [id, mark] : told.marks)
        known_[id] = mark;
    std::ranges::move(told.more, std::back_inserter(singles_));
    if (told.page)
        walk_.take(*told.page, std::move(told.ids));
    patience_with(job::rows).got_to(walk_.pages());
    timer_of(job::rows) = {now, milliseconds{0}};
    walk_done_ = told.page_ends;
    finish_walk_if_done(now);
}

void session_plan::take_in_singles(conclusions told, timestamp now)
{
    if (told.by_peer) {
        singles_.front().how = single::by::peer;
        return;
    }
    fruitless_ = told.fruitless ? fruitless_ + 1 : 0;
    for (const auto& [id, mark] : told.marks)
        known_[id] = mark;
    const auto past = static_cast<std::ptrdiff_t>(std::min(told.singles_done, singles_.size()));
    singles_.erase(singles_.begin(), singles_.begin() + past);
    finish_walk_if_done(now);
}

void session_plan::pass_over(timestamp now)
{
    given_up_[static_cast<std::size_t>(current_)] = true;
    patience_with(current_) = {};
    look_between_ = false;
    if (current_ == job::look) {  // that it is over has to be told by somebody else
        timer_of(job::look) = {now, look_period};
        if (stage_ == stage::fresh)
            enter(stage::live, now);
        return;
    }
    walk_done_ = true;
    finish_walk_if_done(now);
}

void session_plan::finish_walk_if_done(timestamp now)
{
    if (walk_done_ && singles_.empty())
        finish_walk(now);
}

void session_plan::finish_walk(timestamp now)
{
    patience_with(job::rows) = {};
    read_at_ = walk_began_;
    begin_walk();
    timer_of(job::rows) = {now, pace_.interval};
    if (stage_ == stage::closing) {
        stage_ = stage::late;
        given_up_ = {};
        ended_at_ = now;
        timer_of(job::rows) = {now, pace_.late_sweep};
    } else if (stage_ == stage::late) {
        stage_ = stage::closed;
    }
}

void session_plan::begin_walk()
{
    walk_ = page_walk{with_page_0_};
    walk_done_ = false;
    walk_began_.reset();
}

void session_plan::enter(stage to, timestamp now)
{
    if (std::exchange(stage_, to) == to)
        return;
    given_up_ = {};
    timer_of(job::rows) = {now, milliseconds{0}};
    timer_of(job::one) = {};
    if (to == stage::closing)  // from the first page, for an earlier one may have changed since
        begin_walk();
}

// What is asked for next: fixed here, so that an answer always belongs to what was asked, whatever
// has been told meanwhile.
void session_plan::choose()
{
    if (sweep_told_)
        return start_again();
    if (stage_ == stage::closed)
        return;
    const bool list_is_due = timer_of(job::rows).end() <= timer_of(job::look).end();
    if (stage_ == stage::fresh || missing_ != 0 || look_between_)
        current_ = job::look;
    else if (!singles_.empty())
        current_ = job::one;
    else
        current_ = is_over() || list_is_due ? job::rows : job::look;
}

void session_plan::on_ended(timestamp now)
{
    if (is_over() || stage_ == stage::closed)
        return;
    enter(stage::closing, now);
    choose();
    update_state();
}

void session_plan::sweep(timestamp /*now*/)
{
    sweep_told_ = true;
    timer_of(current_) = {};
    if (stage_ == stage::closed)
        start_again();
    update_state();
}

void session_plan::start_again()
{
    sweep_told_ = false;
    stage_ = stage::fresh;
    current_ = job::look;
    timers_ = {};
    patience_ = {};
    given_up_ = {};
    missing_ = 0;
    look_between_ = session_over_ = session_told_ = false;
    begin_walk();
    singles_.clear();
    fruitless_ = 0;
    known_ = {};
    ended_at_.reset();
}

// ---- how it stands ------------------------------------------------------------------------------

void session_plan::update_state()
{
    told_ = R"({"phase":")";
    told_.append(phase()).append("\"");
    if (!sweep_told_) {
        append_time(told_, "ended_at", ended_at_);
        append_account(told_, account_.value_or(""));
    }
    told_ += '}';
}

std::string session_plan::state() const
{
    return told_;
}

std::string_view session_plan::phase() const
{
    if (sweep_told_)
        return "new";
    switch (stage_) {
        case stage::fresh:
            return "new";
        case stage::live:
            return "active";
        case stage::closing:
            return "ended";
        case stage::late:
            return "late sweep";
        case stage::closed:
            break;
    }
    return "done";
}

}  // namespace rollcall::realtimekit
