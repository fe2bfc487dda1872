#include "providers/recall/listing_plan.hpp"

#include "providers/given_up.hpp"
#include "providers/json_facts.hpp"
#include "providers/kept_state.hpp"
#include "providers/recall/api.hpp"
#include "providers/recall/item.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace rollcall::recall {
namespace {

void merge_earlier(std::optional<timestamp>& into, timestamp at)
{
    into = into ? std::min(*into, at) : at;
}

}  // namespace

listing_plan::listing_plan(const poll_pace& pace, std::string_view state)
    : pace_{pace}, list_{pace.base_url, most_pages}
{
    json_tree tree;
    if (!tree.parse(state))
        return;
    const auto account = kept_account(tree);
    const bool is_another = account && !pace_.account.empty() && *account != pace_.account;
    if (!is_another)
        watermark_ = kept_time(tree, "watermark");
    kept_ = watermark_.has_value();
    if (watermark_)
        begin_walk();
}

// What was made before nine tenths of the window could not be published any more without a doubt.
// Asking twice changes nothing: the first walk begins with the first answer.
poll_plan::step listing_plan::next(timestamp now) const
{
    if (!due_.is_due(now))
        return wait{due_.end()};
    if (begun_)
        return list_.request();
    auto first = list_;
    first.start(now - (pace_.window - pace_.window / 10));
    return first.request();
}

void listing_plan::begin_walk()
{
    ++walk_;
    latest_ = oldest_open_ = std::nullopt;
    list_.start(*watermark_ - margin);
    begun_ = true;
}

poll_outcome listing_plan::on_response(const poll_response& response, timestamp now)
{
    pending_.reset();
    if (!begun_) {
        watermark_ = now - (pace_.window - pace_.window / 10);
        begin_walk();
    }
    const auto why = read_refusal(response);
    if (why != refusal::none)
        return on_failure(refused(why, response), was_answered(why), now);
    auto read = list_.read(response.body);
    if (!read) {
        if (read.error().code == errc::unknown_value && list_.is_last())
            with_it_.lose();  // it is too long
        return on_failure(unusable(read.error()), true, now);
    }
    pending_ = conclusions{};
    pending_->next = std::move(read->next);
    poll_outcome outcome;
    outcome.rows = take_in(std::move(read->artifacts));
    return outcome;
}

std::vector<polled_row> listing_plan::take_in(std::vector<listed_artifact> artifacts)
{
    std::vector<polled_row> rows;
    for (auto& each : artifacts) {
        const auto& facts = each.facts;
        const auto& name = facts.id.empty() ? each.body : facts.id;
        const auto updated = facts.updated_at.value_or(timestamp{}).time_since_epoch().count();
        met_artifact met{
            std::hash<std::string>{}(name), {updated, facts.status, walk_}, facts.created_at};
        if (is_news(met))
            rows.push_back(
                {.key = facts.recording,
                 .item = std::string{item::artifact},
                 .body = std::move(each.body)}
            );
        pending_->met.push_back(met);
    }
    return rows;
}

// A list may be older than what has been read before it: a status never goes back.
bool listing_plan::is_news(const met_artifact& met) const
{
    const auto known = known_.find(met.key);
    if (known == known_.end())
        return true;
    return known->second.updated_ms < met.is.updated_ms && known->second.status != met.is.status;
}

poll_outcome listing_plan::on_failure(poll_outcome failure, bool answered, timestamp now)
{
    constexpr unsigned repeated = 2;
    if (failure.result == poll_result::failed) {
        with_it_.failed(answered);
        if (with_it_.is_over())
            return give_up(failure);
        // The cursor may have become invalid.
        if (answered && ++failures_ >= repeated && !list_.is_first()) {
            failures_ = 0;
            begin_walk();
        }
    }
    due_ = {now, pace_.interval};
    return failure;
}

poll_outcome listing_plan::give_up(const poll_outcome& failure)
{
    const given_up what{list_.request().target, failure.why, with_it_.tries()};
    pending_ = conclusions{};
    pending_->given_up = true;
    poll_outcome outcome;
    outcome.why = "given up after " + std::to_string(what.tries) + " tries: " + what.why;
    if (!told_given_up_)
        outcome.rows.push_back(make_row({}, what));
    return outcome;
}

void listing_plan::on_stored(timestamp now)
{
    const auto told = std::exchange(pending_, std::nullopt);
    if (!told)
        return;
    failures_ = 0;
    if (told->given_up) {
        told_given_up_ = true;
        with_it_ = {};
        due_ = {now, pace_.discovery_interval};
        return begin_walk();
    }
    if (known_.size() + told->met.size() > most_remembered)
        known_ = {};
    for (const auto& met : told->met)
        note(met, now);
    if (!told->next)
        return end_walk(now);
    list_.go_on(*told->next);
    with_it_.got_to(list_.pages());
    due_ = {now, milliseconds{0}};
}

void listing_plan::note(const met_artifact& met, timestamp now)
{
    auto& known = known_[met.key];
    if (known.updated_ms <= met.is.updated_ms)
        known = met.is;
    known.walk = walk_;
    if (!met.made)
        return;
    // A time that has not come yet must not be waited for.
    const auto made = std::min(*met.made, now);
    latest_ = std::max(latest_.value_or(made), made);
    const bool is_open = known.status == artifact_status::processing;
    if (is_open && made > now - pace_.window)
        merge_earlier(oldest_open_, made);
}

void listing_plan::end_walk(timestamp now)
{
    if (latest_) {
        auto reached = *latest_ - pace_.overlap;
        if (oldest_open_)
            reached = std::min(reached, *oldest_open_);
        watermark_ = std::max(*watermark_, reached);
        kept_ = true;
    }
    told_given_up_ = false;
    with_it_ = {};
    forget_unmet();
    due_ = {now, pace_.discovery_interval};
    begin_walk();
}

// What this walk has not met lies before where it began, or is no more.
void listing_plan::forget_unmet()
{
    boost::unordered::erase_if(known_, [this](const auto& each) {
        return each.second.walk != walk_;
    });
}

void listing_plan::on_ended(timestamp /*now*/) {}

void listing_plan::sweep(timestamp /*now*/)
{
    pending_.reset();
    known_ = {};
    watermark_.reset();
    kept_ = false;
    begun_ = false;
    with_it_ = {};
    failures_ = 0;
    due_ = {};
}

std::string listing_plan::state() const
{
    std::string json = R"({"phase":")";
    json.append(phase()).append("\"");
    if (kept_) {
        append_time(json, "watermark", watermark_);
        append_account(json, pace_.account);
    }
    return json += '}';
}

}  // namespace rollcall::recall
