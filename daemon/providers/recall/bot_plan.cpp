#include "providers/recall/bot_plan.hpp"

#include "providers/given_up.hpp"
#include "providers/json_facts.hpp"
#include "providers/recall/api.hpp"
#include "providers/recall/item.hpp"
#include "providers/recall/objects.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::recall {

bot_plan::bot_plan(const poll_pace& pace, std::string bot, std::string_view /*state*/)
    : pace_{pace}, bot_{std::move(bot)}
{
}

poll_plan::step bot_plan::next(timestamp now) const
{
    if (is_done_)
        return done{};
    if (!due_.is_due(now))
        return wait{due_.end()};
    return poll_request{.target = bot_path(bot_), .limit = object_limit};
}

poll_outcome bot_plan::on_response(const poll_response& response, timestamp now)
{
    pending_ = false;
    const auto why = read_refusal(response);
    if (why == refusal::bad_request)
        with_it_.lose();
    if (why != refusal::none && why != refusal::not_found)
        return on_failure(refused(why, response), was_answered(why), now);
    auto outcome = why == refusal::not_found ? on_missing() : on_bot(response);
    if (outcome.result != poll_result::good)
        return on_failure(std::move(outcome), true, now);
    pending_ = true;
    // Nobody else waits for the word that it is complete.
    outcome.swept = pending_done_ && by_hand_;
    return outcome;
}

poll_outcome bot_plan::on_missing()
{
    pending_done_ = missing_ + 1 >= gone_after;
    ++missing_;
    poll_outcome outcome;
    outcome.why = "no such bot; is the API key that of its workspace and region?";
    return outcome;
}

poll_outcome bot_plan::on_bot(const poll_response& response)
{
    json_tree tree;
    if (const auto parsed = tree.parse(response.body); !parsed)
        return unusable(parsed.error());
    const auto* const recording = latest_recording(tree, tree.root());
    const auto found = read_bot(tree, tree.root(), recording);
    if (!found)
        return unusable(found.error());
    if (found->id != bot_)
        return unusable({errc::unknown_value, "id"});
    missing_ = 0;
    poll_outcome outcome;
    if (recording == nullptr) {
        pending_done_ = found->is_over;  // it has recorded nothing
        return outcome;
    }
    const bool lacks_end = end_told_ && !found->ended;
    pending_done_ = !lacks_end || ++looks_for_end_ >= most_looks_for_end;
    if (pending_done_)
        outcome.rows.push_back(
            {.key = *optional_text(tree, *recording, "id"),
             .item = std::string{item::bot},
             .body = stored_bot(tree, tree.root(), *recording)}
        );
    return outcome;
}

poll_outcome bot_plan::on_failure(poll_outcome failure, bool answered, timestamp now)
{
    due_ = {now, pause(waits_)};
    if (failure.result != poll_result::failed)
        return failure;
    with_it_.failed(answered);
    ++waits_;
    if (!with_it_.is_over())
        return failure;
    const given_up what{bot_path(bot_), failure.why, with_it_.tries()};
    pending_ = pending_done_ = true;
    poll_outcome outcome;
    outcome.why = "given up after " + std::to_string(what.tries) + " tries: " + what.why;
    outcome.rows.push_back(make_row({}, what));
    outcome.swept = by_hand_;
    return outcome;
}

void bot_plan::on_stored(timestamp now)
{
    if (!std::exchange(pending_, false))
        return;
    with_it_ = {};
    is_done_ = std::exchange(pending_done_, false);
    due_ = {now, pause(waits_)};
    ++waits_;
}

// Told while the last answer was taken in, it needs another one.
void bot_plan::on_ended(timestamp /*now*/)
{
    end_told_ = true;
    is_done_ = false;
    looks_for_end_ = waits_ = 0;
    due_ = {};
}

void bot_plan::sweep(timestamp /*now*/)
{
    by_hand_ = true;
    is_done_ = false;
    missing_ = looks_for_end_ = waits_ = 0;
    with_it_ = {};
    due_ = {};
}

milliseconds bot_plan::pause(unsigned times) const
{
    constexpr unsigned most_doublings = 16;
    const auto first = std::max(pace_.interval, milliseconds{1});
    const auto longest = std::max(pace_.discovery_interval * longest_look, first);
    return std::min(first * (1U << std::min(times, most_doublings)), longest);
}

std::string bot_plan::state() const
{
    return R"({"phase":"bot"})";
}

}  // namespace rollcall::recall
