#include "providers/attendee/meeting_plan.hpp"

#include "providers/given_up.hpp"
#include "providers/json_facts.hpp"
#include "providers/kept_state.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::attendee {
namespace {

row_list events_of(const std::string& meeting)
{
    return {
        bot_path(meeting) + "/participant_events",
        "after",
        item::participant_event,
        row_identity::id};
}

row_list chat_of(const std::string& meeting)
{
    return {
        bot_path(meeting) + "/chat_messages",
        "updated_after",
        item::chat_message,
        row_identity::text};
}

constexpr std::string_view no_such_bot =
    "no such bot; is the API key that of the project which sends the webhooks?";

constexpr std::array<std::string_view, 5> phases = {
    "new", "waiting", "active", "ended", "late sweep"};

}  // namespace

meeting_plan::meeting_plan(const poll_pace& pace, std::string meeting, std::string_view state)
    : pace_{pace},
      meeting_{std::move(meeting)},
      events_{events_of(meeting_), pace.overlap},
      chat_{chat_of(meeting_), pace.overlap}
{
    restore(state);
    told_ = facts();
}

// What cannot be read counts as none: everything is read again.
void meeting_plan::restore(std::string_view state)
{
    json_tree tree;
    if (!tree.parse(state) || tree.root().type != json_type::object)
        return;
    told_swept_ = kept_time(tree, "swept_at");
    told_chat_swept_ = kept_time(tree, "chat_swept_at");
    events_.restore(kept_time(tree, "after"), told_swept_);
    chat_.restore(kept_time(tree, "chat_after"), told_chat_swept_);
    account_ = kept_account(tree);
    ended_at_ = kept_time(tree, "ended_at");
    const auto phase = optional_text(tree, tree.root(), "phase").value_or("");
    if (const auto* const known = std::ranges::find(phases, phase); known != phases.end())
        kept_phase_ = *known;
    if (!ended_at_)
        return;
    stage_ = stage::late;
    current_ = job::events;
    timer_of(job::events) = {*ended_at_, pace_.late_sweep};
    begin_whole();
}

poll_plan::step meeting_plan::next(timestamp now) const
{
    if (stage_ == stage::closed)
        return done{};
    const auto& due = timer_of(current_);
    if (!due.is_due(now))
        return wait{due.end()};
    return poll_request{target()};
}

std::string meeting_plan::target() const
{
    switch (current_) {
        case job::events:
            return events_.target();
        case job::chat:
            return chat_.target();
        case job::look:
            break;
    }
    return bot_path(meeting_);
}

poll_outcome meeting_plan::on_response(const poll_response& response, timestamp now)
{
    pending_ = conclusion::nothing;
    pending_last_ = false;
    const auto asked = target();
    auto answer = current_ == job::look ? on_bot(response) : on_page(follower(), response);
    if (answer.outcome.result == poll_result::failed)
        return on_failure(std::move(answer), asked, now);
    if (answer.outcome.result != poll_result::good)
        return put_off(std::move(answer.outcome), now);
    for (const auto each : {job::look, job::events, job::chat})
        if (each != current_)
            patience_with(each).others_work();
    for (auto& row : answer.outcome.rows)
        row.key = meeting_;
    return std::move(answer.outcome);
}

meeting_plan::heard meeting_plan::on_bot(const poll_response& response)
{
    const auto why = read_refusal(response);
    if (why == refusal::no_such_bot) {
        pending_ = conclusion::missing;
        poll_outcome outcome;
        outcome.swept = looks().is_over(missing_ + 1, was_found());
        if (!was_found())
            outcome.why = no_such_bot;
        return {std::move(outcome), why};
    }
    if (why != refusal::none)
        return {refused(why, response), why};
    auto bot = read_bot(response.body);
    if (!bot)
        return {unusable(bot.error()), refusal::unreadable};
    if (bot->id != meeting_)
        return {unusable({errc::unknown_value, "id"}), refusal::unreadable};
    pending_ = conclusion::bot;
    pending_bot_ = std::move(*bot);
    poll_outcome outcome;
    if (pending_bot_.state != told_state_)
        outcome.rows.push_back({{}, std::string{item::followed_bot}, response.body});
    return {std::move(outcome), why};
}

meeting_plan::heard meeting_plan::on_page(row_follower& rows, const poll_response& response)
{
    auto found = rows.read(response);
    // An app session's chat is as unknown as an unknown bot's.
    const bool no_chat =
        current_ == job::chat &&
        (found.why == refusal::not_served ||
         (found.why == refusal::no_such_bot && meeting_.starts_with(app_session_prefix)));
    if (no_chat) {
        pending_ = conclusion::no_chat;
        pending_last_ = true;
        found.outcome = {};
    } else if (found.why == refusal::no_such_bot) {  // the look, which comes next, decides
        pending_ = conclusion::missing;
        return {{}, found.why};
    } else if (found.outcome.result == poll_result::good) {
        pending_ = conclusion::page;
        pending_last_ = found.last;
    }
    found.outcome.swept = pending_last_ && is_last_walk() && !sweep_told_;
    return {std::move(found.outcome), found.why, found.for_good};
}

poll_outcome meeting_plan::on_failure(heard failure, const std::string& target, timestamp now)
{
    auto& mine = patience_with(current_);
    mine.failed(failure.why == refusal::unreadable);
    if (failure.for_good)
        mine.lose();
    return mine.is_over() ? give_up(failure.outcome, target)
                          : put_off(std::move(failure.outcome), now);
}

poll_outcome meeting_plan::give_up(const poll_outcome& failure, const std::string& target)
{
    const given_up what{target, failure.why, patience_with(current_).tries()};
    pending_ = conclusion::given_up;
    pending_last_ = current_ != job::look;
    poll_outcome outcome;
    outcome.why = "given up after " + std::to_string(what.tries) + " tries: " + what.why;
    if (!given_up_[static_cast<std::size_t>(current_)])
        outcome.rows.push_back(make_row(meeting_, what));
    outcome.swept = pending_last_ && is_last_walk() && !sweep_told_;
    return outcome;
}

// The scheduler backs off; besides, a list that fails must not keep the others from being read.
poll_outcome meeting_plan::put_off(poll_outcome failure, timestamp now)
{
    timer_of(current_) = {now, until_next_try()};
    look_between_ = is_over() && current_ != job::look && failure.result == poll_result::failed;
    if (look_between_)
        timer_of(job::look) = {};
    choose();
    return failure;
}

void meeting_plan::on_stored(timestamp now)
{
    const auto told = std::exchange(pending_, conclusion::nothing);
    switch (told) {
        case conclusion::nothing:
            return;
        case conclusion::bot:
            take_in_bot(now);
            break;
        case conclusion::missing:
            take_in_missing(now);
            break;
        case conclusion::page:
            follower().keep(now);
            patience_with(current_).got_to(follower().pages());
            timer_of(current_) = {now, milliseconds{0}};
            break;
        case conclusion::no_chat:
            has_chat_ = false;
            break;
        case conclusion::given_up:
            pass_over(now);
            break;
    }
    if (pending_last_)
        finish_walk(now);
    choose();
    update_state();
}

void meeting_plan::take_in_bot(timestamp now)
{
    missing_ = 0;
    account_ = pace_.account;
    patience_with(job::look) = {};
    look_between_ = false;
    told_state_ = pending_bot_.state;
    deleted_ = told_state_ == deleted_state;
    timer_of(job::look) = {now, until_next_look(now)};
    end_told_ = false;
    if (is_over())
        return;
    switch (stage_of(told_state_)) {
        case bot_stage::before:
            return enter(stage::waiting, now);
        case bot_stage::active:
            return enter(stage::active, now);
        case bot_stage::over:
            return enter(stage::closing, now);
    }
}

void meeting_plan::take_in_missing(timestamp now)
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

void meeting_plan::pass_over(timestamp now)
{
    given_up_[static_cast<std::size_t>(current_)] = true;
    patience_with(current_) = {};
    if (current_ == job::look)
        look_no_more(now);
    else
        follower().abandon(now);
}

// Whatever can be read of it is read; that it is over has to be told by somebody else.
void meeting_plan::look_no_more(timestamp now)
{
    timer_of(job::look) = {now, pace_.discovery_interval};
    look_between_ = false;
    if (stage_ == stage::active && std::exchange(end_told_, false))
        enter(stage::closing, now);
    else if (stage_ == stage::fresh || stage_ == stage::waiting)
        enter(stage::active, now);
}

void meeting_plan::finish_walk(timestamp now)
{
    patience_with(current_) = {};
    if (is_over()) {
        if (current_ == job::events && has_chat_)
            sweeping_ = job::chat;
        else
            close_sweep(now);
        return;
    }
    auto& rows = follower();
    const auto swept = rows.swept();
    rows.begin(!swept || timer{*swept, sweep_period}.is_due(now));
    timer_of(current_) = {now, current_ == job::chat ? pace_.discovery_interval : pace_.interval};
}

void meeting_plan::close_sweep(timestamp now)
{
    if (is_last_walk()) {
        stage_ = stage::closed;
        return;
    }
    stage_ = stage::late;
    ended_at_ = now;
    given_up_ = {};
    timer_of(job::events) = {now, pace_.late_sweep};
    begin_whole();
}

void meeting_plan::enter(stage to, timestamp now)
{
    if (std::exchange(stage_, to) == to)
        return;
    given_up_ = {};
    timer_of(job::events) = timer_of(job::chat) = {now, milliseconds{0}};
    if (to == stage::closing)
        begin_whole();
}

// Both lists from their starts. A server that had no chat for a moment is asked once more.
void meeting_plan::begin_whole()
{
    has_chat_ = true;
    sweeping_ = job::events;
    events_.begin(true);
    chat_.begin(true);
    timer_of(job::chat) = {};
}

// What is asked for next: fixed here, so that an answer always belongs to what was asked, whatever
// has been told meanwhile.
void meeting_plan::choose()
{
    if (sweep_told_)
        return start_again();
    const auto earlier = [this](job a, job b) {
        return timer_of(b).end() < timer_of(a).end() ? b : a;
    };
    switch (stage_) {
        case stage::fresh:
        case stage::waiting:
            current_ = job::look;
            break;
        case stage::active:
            current_ = missing_ != 0 ? job::look : earlier(job::look, job::events);
            if (has_chat_ && missing_ == 0)
                current_ = earlier(current_, job::chat);
            break;
        case stage::closing:
        case stage::late:
            current_ = missing_ != 0 || look_between_ ? job::look : sweeping_;
            break;
        case stage::closed:
            break;
    }
}

void meeting_plan::start_again()
{
    sweep_told_ = false;
    stage_ = stage::fresh;
    kept_phase_ = {};
    current_ = job::look;
    look_between_ = false;
    timers_ = {};
    patience_ = {};
    given_up_ = {};
    ended_at_.reset();
    told_state_.clear();
    missing_ = 0;
    has_chat_ = true;
    events_.forget();
    chat_.forget();
    told_swept_.reset();
    told_chat_swept_.reset();
}

void meeting_plan::on_ended(timestamp /*now*/)
{
    if (is_over() || stage_ == stage::closed)
        return;
    end_told_ = true;
    timer_of(current_) = {};
    timer_of(job::look) = {};
}

void meeting_plan::sweep(timestamp /*now*/)
{
    sweep_told_ = true;
    timer_of(current_) = {};
    if (stage_ == stage::closed)
        start_again();
    update_state();
}

// The sweep after the end's sweep, or the only one where the data are gone.
bool meeting_plan::is_last_walk() const
{
    if (current_ == job::events && has_chat_)
        return false;
    return stage_ == stage::late || (stage_ == stage::closing && deleted_);
}

// An end's sweep takes its time where it fails: in an outage it is in no hurry.
milliseconds meeting_plan::until_next_try() const
{
    if (current_ == job::chat && stage_ == stage::active)
        return pace_.discovery_interval;
    if (!is_over())
        return pace_.interval;
    const auto tries = patience_[static_cast<std::size_t>(current_)].tries();
    return std::min(pace_.interval * (1U << tries), std::max(pace_.interval, longest_retry));
}

// Lazier the longer the bot has until it joins; soon again where the end has been told and not been
// seen.
milliseconds meeting_plan::until_next_look(timestamp now) const
{
    const auto usual = pace_.discovery_interval;
    if (end_told_)
        return std::min(usual, pace_.interval);
    if (stage_of(told_state_) != bot_stage::before || !pending_bot_.join_at)
        return usual;
    return std::clamp((*pending_bot_.join_at - now) / 2, usual, std::max(usual, longest_look));
}

meeting_plan::kept_facts meeting_plan::facts() const
{
    if (sweep_told_)
        return {.phase = phase()};
    return {
        .phase = stage_ == stage::fresh && !kept_phase_.empty() ? kept_phase_ : phase(),
        .after = events_.read_until(),
        .chat_after = chat_.read_until(),
        .ended_at = ended_at_,
        .account = account_.value_or("")};
}

// An idle meeting is read whole every now and then; that alone is not worth a record.
void meeting_plan::update_state()
{
    auto now = facts();
    if (now == told_)
        return;
    told_ = std::move(now);
    told_swept_ = events_.swept();
    told_chat_swept_ = chat_.swept();
}

std::string meeting_plan::state() const
{
    std::string json = R"({"phase":")";
    json.append(told_.phase).append("\"");
    if (!sweep_told_) {
        append_time(json, "after", told_.after);
        append_time(json, "swept_at", told_swept_);
        append_time(json, "chat_after", told_.chat_after);
        append_time(json, "chat_swept_at", told_chat_swept_);
        append_time(json, "ended_at", told_.ended_at);
        append_account(json, told_.account);
    }
    return json += '}';
}

std::string_view meeting_plan::phase() const
{
    if (sweep_told_)
        return "new";
    switch (stage_) {
        case stage::fresh:
            return "new";
        case stage::waiting:
            return "waiting";
        case stage::active:
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

std::optional<timestamp> meeting_plan::cursor() const
{
    return events_.read_until();
}

}  // namespace rollcall::attendee
