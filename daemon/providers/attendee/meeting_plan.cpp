#include "providers/attendee/meeting_plan.hpp"

#include "providers/json_facts.hpp"

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

void append_time(std::string& json, std::string_view key, std::optional<timestamp> at)
{
    if (at)
        json.append(",\"").append(key).append("\":").append(
            std::to_string(at->time_since_epoch().count())
        );
}

std::optional<timestamp> stored_time(const json_tree& tree, std::string_view key)
{
    const auto at = epoch_ms(tree, tree.root(), "", key);
    return at ? std::optional{*at} : std::nullopt;
}

}  // namespace

meeting_plan::meeting_plan(const poll_pace& pace, std::string meeting, std::string_view state)
    : pace_{pace},
      meeting_{std::move(meeting)},
      events_{events_of(meeting_), pace.overlap},
      chat_{chat_of(meeting_), pace.overlap},
      has_chat_{!meeting_.starts_with(app_session_prefix)}
{
    restore(state);
}

// What cannot be read counts as none: everything is read again.
void meeting_plan::restore(std::string_view state)
{
    json_tree tree;
    if (!tree.parse(state) || tree.root().type != json_type::object)
        return;
    events_.restore(stored_time(tree, "after"), stored_time(tree, "swept_at"));
    chat_.restore(stored_time(tree, "chat_after"), stored_time(tree, "chat_swept_at"));
    ended_at_ = stored_time(tree, "ended_at");
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
    switch (current_) {
        case job::events:
            return poll_request{events_.target()};
        case job::chat:
            return poll_request{chat_.target()};
        case job::look:
            break;
    }
    return poll_request{bot_path(meeting_)};
}

poll_outcome meeting_plan::on_response(const poll_response& response, timestamp now)
{
    pending_ = conclusion::nothing;
    pending_last_ = false;
    auto outcome = current_ == job::look ? on_bot(response) : on_page(follower(), response);
    if (outcome.result != poll_result::good)
        return put_off(std::move(outcome), now);
    for (auto& row : outcome.rows)
        row.key = meeting_;
    return outcome;
}

poll_outcome meeting_plan::on_bot(const poll_response& response)
{
    poll_outcome outcome;
    const auto why = read_refusal(response);
    if (why == refusal::no_such_bot) {
        pending_ = conclusion::missing;
        outcome.swept = was_missing_for_good(missing_ + 1);
        return outcome;
    }
    if (why != refusal::none)
        return refused(why, response.status);
    auto bot = read_bot(response.body);
    if (!bot)
        return unusable(bot.error());
    if (bot->id != meeting_)
        return unusable({errc::unknown_value, "id"});
    pending_ = conclusion::bot;
    pending_bot_ = std::move(*bot);
    if (pending_bot_.state != told_state_)
        outcome.rows.push_back({{}, std::string{item::followed_bot}, response.body});
    return outcome;
}

poll_outcome meeting_plan::on_page(row_follower& rows, const poll_response& response)
{
    auto found = rows.read(response);
    if (found.why == refusal::no_such_bot) {  // the look, which comes next, decides
        pending_ = conclusion::missing;
        return {};
    }
    if (found.why == refusal::not_served && current_ == job::chat) {
        pending_ = conclusion::no_chat;
        pending_last_ = true;
        found.outcome = {};
    } else if (found.outcome.result == poll_result::good) {
        pending_ = conclusion::page;
        pending_last_ = found.last;
    }
    found.outcome.swept = pending_last_ && is_last_walk() && !sweep_told_;
    return std::move(found.outcome);
}

// The scheduler backs off; besides, a list that fails must not keep the others from being read.
poll_outcome meeting_plan::put_off(poll_outcome failure, timestamp now)
{
    const bool may_wait = current_ == job::chat && stage_ == stage::active;
    timer_of(current_) = {now, may_wait ? pace_.discovery_interval : pace_.interval};
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
            timer_of(current_) = {now, milliseconds{0}};
            break;
        case conclusion::no_chat:
            has_chat_ = false;
            break;
    }
    if (pending_last_)
        finish_walk(now);
    choose();
}

void meeting_plan::take_in_bot(timestamp now)
{
    missing_ = 0;
    told_state_ = pending_bot_.state;
    deleted_ = told_state_ == deleted_state;
    timer_of(job::look) = {now, until_next_look(now)};
    end_told_ = false;
    if (stage_ == stage::closing || stage_ == stage::late)
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
    timer_of(job::look) = {now, pace_.discovery_interval};
    if (was_missing_for_good(++missing_))
        stage_ = stage::closed;
}

void meeting_plan::finish_walk(timestamp now)
{
    if (stage_ == stage::closing || stage_ == stage::late) {
        if (current_ == job::events && has_chat_)
            current_ = job::chat;
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
    current_ = job::events;
    timer_of(job::events) = {now, pace_.late_sweep};
    begin_whole();
}

void meeting_plan::enter(stage to, timestamp now)
{
    if (std::exchange(stage_, to) == to)
        return;
    timer_of(job::events) = timer_of(job::chat) = {now, milliseconds{0}};
    if (to == stage::closing) {
        current_ = job::events;
        begin_whole();
    }
}

// Both lists from their starts. A server that had no chat for a moment is asked once more.
void meeting_plan::begin_whole()
{
    has_chat_ = !meeting_.starts_with(app_session_prefix);
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
            if (missing_ != 0)
                current_ = job::look;
            else if (current_ == job::look)
                current_ = job::events;
            break;
        case stage::closed:
            break;
    }
}

void meeting_plan::start_again()
{
    sweep_told_ = false;
    stage_ = stage::fresh;
    current_ = job::look;
    timers_ = {};
    ended_at_.reset();
    told_state_.clear();
    missing_ = 0;
    has_chat_ = !meeting_.starts_with(app_session_prefix);
    events_.forget();
    chat_.forget();
}

void meeting_plan::on_ended(timestamp /*now*/)
{
    if (stage_ == stage::closing || stage_ == stage::late || stage_ == stage::closed)
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
}

// The sweep after the end's sweep, or the only one where the data are gone.
bool meeting_plan::is_last_walk() const
{
    if (current_ == job::events && has_chat_)
        return false;
    return stage_ == stage::late || (stage_ == stage::closing && deleted_);
}

// Counted in looks, not by a clock.
bool meeting_plan::was_missing_for_good(unsigned times) const
{
    constexpr unsigned fewest = 3;
    const auto between = std::max(pace_.discovery_interval, milliseconds{1});
    return times >= fewest && between * times >= gone_after;
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

std::string meeting_plan::state() const
{
    std::string json = R"({"phase":")";
    json.append(phase()).append("\"");
    if (!sweep_told_) {
        append_time(json, "after", events_.read_until());
        append_time(json, "swept_at", events_.swept());
        append_time(json, "chat_after", chat_.read_until());
        append_time(json, "chat_swept_at", chat_.swept());
        append_time(json, "ended_at", ended_at_);
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
