#include "providers/recall/survey_plan.hpp"

#include "providers/json_facts.hpp"
#include "providers/recall/api.hpp"
#include "providers/recall/item.hpp"
#include "providers/recall/listing_plan.hpp"

#include <utility>

namespace rollcall::recall {

survey_plan::survey_plan(const poll_pace& pace, timestamp since, std::string_view state)
    : pace_{pace}, list_{pace.base_url, listing_plan::most_pages}
{
    list_.start(since);
    json_tree tree;
    if (!tree.parse(state))
        return;
    const auto next = optional_text(tree, tree.root(), "next").value_or("");
    const auto target = target_of_next(pace.base_url + next, pace.base_url);
    if (!target || !target->starts_with("/api/"))
        return;
    list_.resume(*target);
}

poll_plan::step survey_plan::next(timestamp now) const
{
    if (is_done_)
        return done{};
    if (!due_.is_due(now))
        return wait{due_.end()};
    return list_.request();
}

poll_outcome survey_plan::on_response(const poll_response& response, timestamp now)
{
    pending_ = false;
    const auto why = read_refusal(response);
    auto read = why == refusal::none ? list_.read(response.body)
                                     : result<artifact_list::page_of, fault>{fault{}};
    if (!read) {
        auto failure = why == refusal::none ? unusable(read.error()) : refused(why, response);
        due_ = {now, pace_.interval};
        return failure;
    }
    pending_ = true;
    pending_next_ = std::move(read->next);
    poll_outcome outcome;
    for (auto& each : read->artifacts)
        if (!each.facts.recording.empty())
            outcome.rows.push_back(
                {.key = each.facts.recording,
                 .item = std::string{item::artifact},
                 .body = std::move(each.body)}
            );
    return outcome;
}

void survey_plan::on_stored(timestamp /*now*/)
{
    if (!std::exchange(pending_, false))
        return;
    due_ = {};
    if (pending_next_)
        list_.go_on(*pending_next_);
    else
        is_done_ = true;
}

std::string survey_plan::state() const
{
    std::string json = R"({"phase":"survey")";
    if (list_.is_first() || is_done_)
        return json += '}';
    // A request's target has no quotes, and backslashes no more.
    std::string next;
    for (const char c : list_.request().target)
        next.append(c == '"' || c == '\\' ? "\\" : "").push_back(c);
    return json.append(R"(,"next":")").append(next).append(R"("})");
}

poll_plan::step lookup_plan::next(timestamp /*now*/) const
{
    if (stage_ == stage::done)
        return done{};
    return poll_request{
        .target = stage_ == stage::recording ? recording_path(id_) : bot_path(id_),
        .limit = object_limit};
}

poll_outcome lookup_plan::on_response(const poll_response& response, timestamp /*now*/)
{
    const auto why = read_refusal(response);
    then_ = stage::done;
    poll_outcome outcome;
    if (why == refusal::not_found || why == refusal::bad_request) {
        if (stage_ == stage::recording)
            then_ = stage::bot;
        else
            outcome.why = "no such recording or bot in the key's workspace and region";
        return outcome;
    }
    if (why != refusal::none)
        return refused(why, response);
    json_tree tree;
    if (const auto parsed = tree.parse(response.body); !parsed)
        return unusable(parsed.error());
    if (stage_ == stage::recording) {
        outcome.rows.push_back({.key = id_, .item = std::string{item::recording}, .body = {}});
        return outcome;
    }
    const auto* const recordings = tree.find(tree.root(), "recordings");
    if (recordings != nullptr && recordings->type == json_type::array)
        for (const auto index : tree.children(*recordings))
            if (auto id = optional_text(tree, tree[index], "id"))
                outcome.rows.push_back(
                    {.key = std::move(*id), .item = std::string{item::recording}, .body = {}}
                );
    if (outcome.rows.empty())
        outcome.why = "the bot has no recording";
    return outcome;
}

void lookup_plan::on_stored(timestamp /*now*/)
{
    stage_ = then_;
}

}  // namespace rollcall::recall
