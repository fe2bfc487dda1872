#include "providers/recall/marking_plan.hpp"

#include "providers/given_up.hpp"
#include "providers/json_facts.hpp"
#include "providers/kept_state.hpp"
#include "providers/recall/api.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::recall {
namespace {

constexpr std::string_view settling_phase = "settling";
constexpr std::string_view marking_phase = "marking";

}  // namespace

marking_plan::marking_plan(
    const poll_pace& pace,
    const plan_options& options,
    std::string recording,
    std::string_view state
)
    : pace_{pace},
      marks_{options.marks},
      recording_{recording},
      inner_{pace, options, std::move(recording), state}
{
    restore(state);
}

void marking_plan::restore(std::string_view state)
{
    json_tree tree;
    if (!tree.parse(state) || tree.root().type != json_type::object)
        return;
    const auto phase = optional_text(tree, tree.root(), "phase").value_or("");
    swept_at_ = kept_time(tree, "swept_at");
    artifact_ = optional_text(tree, tree.root(), "artifact").value_or("");
    if ((phase != settling_phase && phase != marking_phase) || !swept_at_ || !is_id(artifact_))
        return;
    const auto* const told = tree.find(tree.root(), "settled");
    if (told != nullptr && told->type == json_type::object)
        told_ = object_text(tree, told);
    stage_ = told_.empty() ? stage::asking : stage::reading;
}

poll_plan::step marking_plan::next(timestamp now) const
{
    if (stage_ == stage::following)
        return inner_.next(now);
    if (stage_ == stage::closed || (stage_ == stage::settling && is_settling_overdue(now)))
        return done{};
    if (!due_.is_due(now))
        return wait{due_.end()};
    if (stage_ == stage::settling)
        return wait{*swept_at_ + pace_.window / 10};
    poll_request request{.target = artifact_path(artifact_), .limit = object_limit};
    if (stage_ == stage::writing) {
        request.how = poll_method::patch;
        request.body = body_;
    }
    return request;
}

poll_outcome marking_plan::on_response(const poll_response& response, timestamp now)
{
    then_ = stage_;
    if (stage_ == stage::following) {
        auto outcome = inner_.on_response(response, now);
        if (outcome.swept)
            then_ = inner_.artifact().empty() ? stage::closed : stage::settling;
        return outcome;
    }
    const auto why = read_refusal(response);
    if (why != refusal::none) {
        if (why == refusal::bad_request || why == refusal::not_found)
            with_it_.lose();
        return on_failure(refused(why, response), was_answered(why), now);
    }
    if (stage_ == stage::writing) {
        then_ = stage::closed;
        return {};
    }
    auto outcome = on_artifact(response);
    if (outcome.result != poll_result::good)
        return on_failure(std::move(outcome), true, now);
    return outcome;
}

poll_outcome marking_plan::on_artifact(const poll_response& response)
{
    json_tree tree;
    if (const auto parsed = tree.parse(response.body); !parsed)
        return unusable(parsed.error());
    const auto artifact = read_artifact(tree, tree.root());
    if (!artifact)
        return unusable(artifact.error());
    if (artifact->id != artifact_)
        return unusable({errc::unknown_value, "id"});
    poll_outcome outcome;
    if (stage_ == stage::asking) {
        then_ = stage::settling;
        outcome.swept = true;
        return outcome;
    }
    auto body = marking_body(tree, tree.root(), marks_, read_settled(told_, recording_));
    then_ = body ? stage::writing : stage::closed;
    body_ = std::move(body).value_or("");
    return outcome;
}

// What failed to be written is read again first: somebody may have written meanwhile.
poll_outcome marking_plan::on_failure(poll_outcome failure, bool was_answered, timestamp now)
{
    if (failure.result != poll_result::failed)
        return failure;
    with_it_.failed(was_answered);
    if (with_it_.is_over()) {
        const given_up what{artifact_path(artifact_), failure.why, with_it_.tries()};
        poll_outcome outcome;
        outcome.why = "not marked after " + std::to_string(what.tries) + " tries: " + what.why;
        outcome.rows.push_back(make_row(recording_, what));
        outcome.swept = stage_ == stage::asking;
        then_ = stage::closed;
        return outcome;
    }
    if (stage_ == stage::writing)
        stage_ = stage::reading;
    const auto longest =
        std::max(pace_.discovery_interval * recording_plan::longest_look, pace_.interval);
    due_ = {now, std::min(pace_.interval * (1U << with_it_.tries()), longest)};
    return failure;
}

void marking_plan::on_stored(timestamp now)
{
    if (stage_ == stage::following)
        inner_.on_stored(now);
    if (stage_ == stage::following && then_ == stage::settling) {
        artifact_ = inner_.artifact();
        swept_at_ = now;
    }
    if (std::exchange(stage_, then_) != then_)
        due_ = {};
}

void marking_plan::on_ended(timestamp now)
{
    if (stage_ == stage::following)
        inner_.on_ended(now);
}

void marking_plan::on_settled(std::string_view told, timestamp /*now*/)
{
    if (stage_ != stage::settling && stage_ != stage::asking)
        return;
    json_tree tree;
    const bool is_object = tree.parse(told) && tree.root().type == json_type::object;
    told_ = is_object ? object_text(tree, &tree.root()) : "{}";  // as a successor will write it
    stage_ = stage::reading;
    due_ = {};
}

void marking_plan::sweep(timestamp now)
{
    stage_ = then_ = stage::following;
    due_ = {};
    with_it_ = {};
    artifact_.clear();
    swept_at_.reset();
    told_.clear();
    inner_.sweep(now);
}

bool marking_plan::is_settling_overdue(timestamp now) const
{
    return now >= *swept_at_ + pace_.window / 10;
}

std::string marking_plan::state() const
{
    if (stage_ == stage::following)
        return inner_.state();
    std::string json = R"({"phase":")";
    json.append(told_.empty() ? settling_phase : marking_phase).append("\"");
    append_time(json, "swept_at", swept_at_);
    if (!artifact_.empty())
        json.append(R"(,"artifact":")").append(artifact_).append("\"");
    if (!told_.empty())
        json.append(R"(,"settled":)").append(told_);
    return json += '}';
}

std::string_view marking_plan::phase() const
{
    switch (stage_) {
        case stage::following:
            return inner_.phase();
        case stage::asking:
        case stage::settling:
            return settling_phase;
        case stage::reading:
        case stage::writing:
            return marking_phase;
        case stage::closed:
            break;
    }
    return "done";
}

}  // namespace rollcall::recall
