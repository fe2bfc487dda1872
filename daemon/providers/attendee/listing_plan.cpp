#include "providers/attendee/listing_plan.hpp"

#include "providers/given_up.hpp"
#include "providers/json_facts.hpp"
#include "providers/kept_state.hpp"
#include "providers/request_target.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace rollcall::attendee {
namespace {

std::uint64_t state_hash(std::string_view state)
{
    return std::hash<std::string_view>{}(state);
}

void append_string(std::string& json, std::string_view text)
{
    json += '"';
    for (const char c : text) {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\') {
            json += c;
            continue;
        }
        json.append("\\u00");
        json += digits[byte >> 4];
        json += digits[byte & 15];
    }
    json += '"';
}

}  // namespace

listing_plan::listing_plan(const poll_pace& pace, std::string_view state) : pace_{pace}
{
    at(walk_kind::live).states.assign(live_states().begin(), live_states().end());
    at(walk_kind::over).states.assign(over_states().begin(), over_states().end());
    restore(state);
    begin(walk_kind::live);
    begin(walk_kind::over);
}

void listing_plan::restore(std::string_view state)
{
    json_tree tree;
    if (!tree.parse(state))
        return;
    const auto account = kept_account(tree);
    const bool is_another = account && !pace_.account.empty() && *account != pace_.account;
    const auto until = kept_time(tree, "over_until");
    if (is_another || !until)
        return;
    over_until_ = *until;
    over_cursor_ = optional_text(tree, tree.root(), "over_cursor").value_or("");
}

void listing_plan::begin(walk_kind which)
{
    auto& walk = at(which);
    walk.previous = std::exchange(walk.number, ++walk_number_);
    walk.began.reset();
    walk.failures = 0;
    walk.pages.start(which == walk_kind::over ? over_cursor_ : std::string{});
    if (which == walk_kind::over) {
        settled_cursor_ = over_cursor_;
        settled_so_far_ = true;
    }
}

poll_plan::step listing_plan::next(timestamp now) const
{
    const auto& walk = at(current_);
    if (!walk.due.is_due(now))
        return wait{walk.due.end()};
    return poll_request{target()};
}

std::string listing_plan::target() const
{
    const auto& walk = at(current_);
    std::string target{bots_path};
    for (const auto state : walk.states)
        append_parameter(target, "states", state);
    if (!walk.pages.cursor().empty())
        append_parameter(target, "cursor", walk.pages.cursor());
    return target;
}

poll_outcome listing_plan::on_response(const poll_response& response, timestamp now)
{
    pending_.reset();
    auto& walk = current();
    const auto why = read_refusal(response);
    if (why != refusal::none) {
        if (why == refusal::bad_request && drop_refused_states(response.body))
            begin(current_);
        return on_failure(refused(why, response), why, now);
    }
    auto read = walk.pages.read(response.body);
    pending_ = conclusions{};
    auto rows = read ? read_bots(*read, response.date.value_or(now)) : read.error();
    if (!rows) {
        pending_.reset();
        if (!read && read.error().code == errc::unknown_value && walk.pages.is_last())
            walk.with_it.lose();  // it is too long
        return on_failure(unusable(rows.error()), refusal::unreadable, now);
    }
    at(current_ == walk_kind::live ? walk_kind::over : walk_kind::live).with_it.others_work();
    pending_->next = std::move(read->next);
    pending_->date = response.date;
    poll_outcome outcome;
    outcome.rows = std::move(*rows);
    return outcome;
}

// The scheduler backs off; besides, the other walk has its turn.
poll_outcome listing_plan::on_failure(poll_outcome failure, refusal why, timestamp now)
{
    constexpr unsigned repeated = 2;
    auto& walk = current();
    if (failure.result == poll_result::failed) {
        walk.with_it.failed(why == refusal::unreadable);
        if (walk.with_it.is_over())
            return give_up(failure);
    }
    walk.failures += why == refusal::broken || why == refusal::unreadable ? 1 : 0;
    const bool drop_cursor = why == refusal::invalid_cursor || walk.failures >= repeated;
    if (!walk.pages.cursor().empty() && drop_cursor) {
        walk.failures = 0;
        walk.pages.start();  // from the first page, also where the walk began at a stored cursor
        if (current_ == walk_kind::over) {
            settled_cursor_.clear();
            settled_so_far_ = true;
        }
    }
    walk.due = {now, current_ == walk_kind::live ? pace_.interval : pace_.discovery_interval};
    choose();
    return failure;
}

poll_outcome listing_plan::give_up(const poll_outcome& failure)
{
    const auto& walk = current();
    const given_up what{target(), failure.why, walk.with_it.tries()};
    pending_ = conclusions{};
    pending_->given_up = true;
    poll_outcome outcome;
    outcome.why = "given up after " + std::to_string(what.tries) + " tries: " + what.why;
    if (!walk.given_up)
        outcome.rows.push_back(make_row({}, what));
    return outcome;
}

// An older server does not know every state, and refuses the whole request for one it does not
// know. It names those it knows.
bool listing_plan::drop_refused_states(std::string_view answer)
{
    constexpr std::string_view heading = "Valid states are: ";
    json_tree tree;
    if (!tree.parse(answer))
        return false;
    const auto error = optional_text(tree, tree.root(), "error").value_or("");
    const auto start = error.find(heading);
    if (start == std::string::npos)
        return false;
    const auto list = ", " + error.substr(start + heading.size()) + ",";
    const auto is_refused = [&list](std::string_view state) {
        return list.find(", " + std::string{state} + ",") == std::string::npos;
    };
    auto kept = current().states;
    std::erase_if(kept, is_refused);
    if (kept.empty() || kept.size() == current().states.size())
        return false;
    current().states = std::move(kept);
    return true;
}

result<std::vector<polled_row>, fault> listing_plan::read_bots(const page& from, timestamp clock)
{
    std::vector<polled_row> told;
    boost::unordered_flat_set<row_key, row_key_hash> here;
    pending_->all_settled = current_ == walk_kind::over;
    for (const auto body : from.rows) {
        const auto bot = read_bot(body);
        if (!bot && bot.error().code == errc::not_json && body.size() <= json_tree::max_bytes)
            return bot.error();
        const auto facts = bot ? *bot : bot_facts{};  // unusable: told once, and buried from there
        met_bot met{key_of(bot ? std::string_view{facts.id} : body), state_hash(facts.state), true};
        if (!here.insert(met.key).second)
            continue;
        if (!bot ? !known_.contains(met.key) : is_told(facts, met, clock))
            told.push_back({facts.id, std::string{item::bot}, std::string{body}});
        if (current_ == walk_kind::over) {
            const bool recent = is_recent(facts, clock);
            pending_->all_settled = pending_->all_settled && !recent;
            met.remember = recent || known_.contains(met.key) || !bot;
        }
        pending_->met.push_back(met);
    }
    return told;
}

// One that has been met alive is followed by a plan of its own until it is over, and told of once
// more when it is.
bool listing_plan::is_told(const bot_facts& bot, const met_bot& met, timestamp clock)
{
    const auto known = known_.find(met.key);
    if (known != known_.end())
        return known->second.state != met.state;
    return current_ == walk_kind::live || is_recent(bot, clock);
}

// Of a bot that is over: it may hold something that has not been published, and what has been can
// still be told from it.
bool listing_plan::is_recent(const bot_facts& bot, timestamp clock) const
{
    const auto in_window = pace_.window - pace_.window / 10;
    if (!bot.first_event || *bot.first_event < clock - in_window)
        return false;
    return !over_until_ || bot.last_event.value_or(clock) >= *over_until_ - over_margin;
}

void listing_plan::on_stored(timestamp now)
{
    const auto told = std::exchange(pending_, std::nullopt);
    if (!told)
        return;
    auto& walk = current();
    if (told->given_up) {
        walk.given_up = true;
        end_walk(false, now);
        return choose();
    }
    walk.failures = 0;
    if (!walk.began)
        walk.began = told->date;
    if (clock_was_ahead()) {
        forget_over();
        return choose();
    }
    if (known_.size() + told->met.size() > most_remembered)
        known_ = {};
    for (const auto& met : told->met)
        if (met.remember)
            known_[met.key] = {met.state, walk.number};
    settled_so_far_ = settled_so_far_ && (told->all_settled || current_ == walk_kind::live);
    if (told->next) {
        if (current_ == walk_kind::over && settled_so_far_)
            settled_cursor_ = *told->next;
        walk.pages.go_on(*told->next);
        walk.with_it.got_to(walk.pages.pages());
        walk.due = {now, milliseconds{0}};
    } else {
        walk.given_up = false;
        end_walk(true, now);
    }
    choose();
}

void listing_plan::end_walk(bool complete, timestamp now)
{
    auto& walk = current();
    if (complete && current_ == walk_kind::over)
        finish_over();
    walk.with_it = {};
    walk.due = {now, current_ == walk_kind::live ? pace_.discovery_interval : over_period};
    begin(current_);
}

// A step back within the margin loses nothing.
bool listing_plan::clock_was_ahead() const
{
    const auto& walk = at(walk_kind::over);
    return current_ == walk_kind::over && walk.began && over_until_ &&
           *walk.began < *over_until_ - over_margin;
}

// What was over by a time that has not come yet may have been over before or not. Whatever is told
// of twice is published once.
void listing_plan::forget_over()
{
    over_until_.reset();
    over_cursor_.clear();
    begin(walk_kind::over);
}

void listing_plan::finish_over()
{
    const auto& walk = current();
    if (walk.began) {
        over_until_ = std::max(over_until_.value_or(*walk.began), *walk.began);
        over_cursor_ = settled_cursor_;
    }
    // What neither kind of walk has met since the last time lies before where this one begins, or
    // is no more.
    const auto oldest = walk.previous;
    boost::unordered::erase_if(known_, [oldest](const auto& each) {
        return each.second.walk < oldest;
    });
}

void listing_plan::choose()
{
    if (sweep_told_)
        return start_again();
    const bool live_first = at(walk_kind::live).due.end() <= at(walk_kind::over).due.end();
    current_ = live_first ? walk_kind::live : walk_kind::over;
}

void listing_plan::on_ended(timestamp /*now*/) {}

void listing_plan::sweep(timestamp /*now*/)
{
    sweep_told_ = true;
    current().due = {};
}

void listing_plan::start_again()
{
    sweep_told_ = false;
    known_ = {};
    forget_over();
    for (const auto which : {walk_kind::live, walk_kind::over}) {
        at(which).due = {};
        begin(which);
    }
    current_ = walk_kind::live;
}

std::string listing_plan::state() const
{
    std::string json = R"({"phase":")";
    json.append(phase()).append("\"");
    if (over_until_ && !sweep_told_) {
        append_time(json, "over_until", over_until_);
        if (!over_cursor_.empty())
            append_string(json.append(R"(,"over_cursor":)"), over_cursor_);
        append_account(json, pace_.account);
    }
    return json += '}';
}

}  // namespace rollcall::attendee
