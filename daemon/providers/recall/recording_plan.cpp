#include "providers/recall/recording_plan.hpp"

#include "providers/given_up.hpp"
#include "providers/json_facts.hpp"
#include "providers/kept_state.hpp"
#include "providers/recall/api.hpp"
#include "providers/recall/item.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::recall {
namespace {

constexpr std::string_view no_such_recording =
    "no such recording; is the API key that of the workspace and region which send the webhooks?";
constexpr std::string_view no_artifact =
    "the recording has no participant events: the meeting is what webhooks have told";
constexpr std::string_view made_too_long =
    "the participant events have been in the making for the whole deduplication window";

constexpr std::string_view going_on_phase = "recording";

}  // namespace

recording_plan::recording_plan(
    const poll_pace& pace,
    const plan_options& options,
    std::string recording,
    std::string_view state
)
    : pace_{pace},
      options_{options},
      recording_{std::move(recording)},
      list_{pace.base_url, most_pages},
      files_{options.speaker_timeline},
      known_{std::make_shared<known_participants>()}
{
    list_.start(recording_);
    restore(state);
}

// What cannot be read counts as none: everything is read again.
void recording_plan::restore(std::string_view state)
{
    json_tree tree;
    if (!tree.parse(state) || tree.root().type != json_type::object)
        return;
    account_ = kept_account(tree);
    ended_at_ = kept_time(tree, "ended_at");
    artifact_ = optional_text(tree, tree.root(), "artifact").value_or("");
    if (!is_id(artifact_))
        artifact_.clear();
    if (optional_text(tree, tree.root(), "phase") == going_on_phase)
        stage_ = stage::going_on;
    if (!ended_at_)
        return;
    stage_ = stage::over;
    current_ = artifact_.empty() ? job::search : job::retrieve;
}

poll_plan::step recording_plan::next(timestamp now) const
{
    if (stage_ == stage::closed)
        return done{};
    if (!due_.is_due(now))
        return wait{due_.end()};
    switch (current_) {
        case job::look:
            break;
        case job::search:
            return list_.request();
        case job::retrieve:
            return poll_request{.target = artifact_path(artifact_), .limit = object_limit};
        case job::download:
            return poll_request{.target = files_.link(), .how = poll_method::download};
    }
    return poll_request{.target = recording_path(recording_), .limit = object_limit};
}

poll_plan::reading recording_plan::open_download()
{
    if (files_.current() == artifact_file::events)
        known_ = std::make_shared<known_participants>();
    auto name = download_name();
    auto by = make_reader({files_.current(), recording_, name, options_.downloads, known_});
    return {std::move(name), std::move(by)};
}

std::string recording_plan::download_name() const
{
    auto name = artifact_;
    if (files_.current() != artifact_file::events)
        name.append("/").append(in_words(files_.current()));
    return name;
}

poll_outcome recording_plan::on_response(const poll_response& response, timestamp now)
{
    pending_ = conclusion::nothing;
    auto outcome = current_ == job::download ? on_file(response, now) : hear(response, now);
    pending_swept_ = outcome.swept;
    return outcome;
}

// What the API answers.
poll_outcome recording_plan::hear(const poll_response& response, timestamp now)
{
    const auto why = read_refusal(response);
    const bool is_missing =
        why == refusal::not_found && (current_ == job::look || current_ == job::retrieve);
    if (why != refusal::none && !is_missing) {
        if (why == refusal::bad_request || why == refusal::not_found)
            patience_with(current_).lose();
        return on_failure(refused(why, response), was_answered(why), now);
    }
    auto outcome = is_missing                ? on_missing()
                   : current_ == job::look   ? on_recording(response)
                   : current_ == job::search ? on_search(response)
                                             : on_artifact(response, now);
    if (outcome.result != poll_result::good)
        return on_failure(std::move(outcome), true, now);
    answered(current_);
    return outcome;
}

void recording_plan::answered(job which)
{
    for (const auto each : {job::look, job::search, job::retrieve, job::download})
        if (each != which)
            patience_with(each).others_work();
}

poll_outcome recording_plan::on_missing()
{
    pending_ = conclusion::missing;
    poll_outcome outcome;
    if (current_ == job::retrieve) {
        outcome.swept = stage_ == stage::parting;
        return outcome;
    }
    outcome.swept = stage_ == stage::parting || is_gone(missing_ + 1);
    if (!was_found())
        outcome.why = no_such_recording;
    return outcome;
}

poll_outcome recording_plan::on_recording(const poll_response& response)
{
    json_tree tree;
    if (const auto parsed = tree.parse(response.body); !parsed)
        return unusable(parsed.error());
    auto found = read_recording(tree, tree.root(), "");
    if (!found)
        return unusable(found.error());
    if (found->id != recording_)
        return unusable({errc::unknown_value, "id"});
    pending_ = conclusion::recording;
    poll_outcome outcome;
    if (found->code != told_code_)
        outcome.rows.push_back(
            {.key = recording_,
             .item = std::string{item::recording},
             .body = stored_recording(tree, tree.root())}
        );
    pending_recording_ = std::move(*found);
    const auto& artifact = pending_recording_.artifact;
    outcome.swept = stage_ == stage::parting && !(artifact && artifact->can_be_read());
    return outcome;
}

poll_outcome recording_plan::on_search(const poll_response& response)
{
    auto read = list_.read(response.body);
    if (!read)
        return unusable(read.error());
    pending_ = conclusion::page;
    pending_next_ = std::move(read->next);
    pending_artifact_.reset();
    for (auto& each : read->artifacts) {
        auto& facts = each.facts;
        const bool is_ours = facts.recording.empty() || facts.recording == recording_;
        const bool is_first = !pending_artifact_ || facts.status == artifact_status::done;
        if (!facts.id.empty() && is_ours && is_first)
            pending_artifact_ = std::move(facts);
    }
    poll_outcome outcome;
    if (!pending_artifact_ && !pending_next_ && searches_ + 1 >= most_searches)
        outcome.why = no_artifact;
    return outcome;
}

poll_outcome recording_plan::on_artifact(const poll_response& response, timestamp now)
{
    json_tree tree;
    if (const auto parsed = tree.parse(response.body); !parsed)
        return unusable(parsed.error());
    auto found = read_artifact(tree, tree.root());
    if (!found)
        return unusable(found.error());
    if (found->id != artifact_)
        return unusable({errc::unknown_value, "id"});
    pending_ = conclusion::artifact;
    pending_artifact_ = std::move(*found);
    poll_outcome outcome;
    const bool is_open = pending_artifact_->status == artifact_status::processing;
    if (is_open && stage_ != stage::parting && was_waited_for(now)) {
        pending_ = conclusion::given_up;
        outcome.why = made_too_long;
        outcome.rows.push_back(
            make_row(recording_, {name_of_request(), std::string{made_too_long}, 1})
        );
    }
    outcome.swept = stage_ == stage::parting && !pending_artifact_->can_be_read();
    return outcome;
}

// Its own host may be another than the API's: what it says is about this file alone. Whatever went
// wrong, the next try has a fresh link.
poll_outcome recording_plan::on_file(const poll_response& response, timestamp now)
{
    if (response.status == 200 && response.unreadable.empty()) {
        pending_ = conclusion::file;
        answered(job::download);
        poll_outcome outcome;
        outcome.downloaded = download_name();
        outcome.swept = files_.is_last(true);
        return outcome;
    }
    files_.drop_links();
    poll_outcome failure;
    failure.result = poll_result::failed;
    failure.why = std::string{in_words(files_.current())} + ": ";
    if (response.status != 0)
        failure.why.append("status ").append(std::to_string(response.status)).append(" ");
    failure.why.append(response.unreadable);
    const bool is_refused = response.status >= 400 && response.status < 429;
    return on_failure(std::move(failure), is_refused || (response.status == 200), now);
}

poll_outcome recording_plan::on_failure(poll_outcome failure, bool was_answered, timestamp now)
{
    if (failure.result == poll_result::failed) {
        auto& mine = patience_with(current_);
        mine.failed(was_answered);
        if (mine.is_over())
            return give_up(failure);
        // Is the provider there at all? Of a download the artifact tells, which is fetched anyway.
        look_between_ = current_ == job::search || current_ == job::retrieve;
        due_ = {now, pause(mine.tries())};
    }
    choose(now);
    return failure;
}

poll_outcome recording_plan::give_up(const poll_outcome& failure)
{
    const given_up what{name_of_request(), failure.why, patience_with(current_).tries()};
    pending_ = conclusion::given_up;
    poll_outcome outcome;
    outcome.why = "given up after " + std::to_string(what.tries) + " tries: " + what.why;
    if (!std::exchange(told_given_up_[static_cast<std::size_t>(current_)], true) ||
        current_ == job::download)
        outcome.rows.push_back(make_row(recording_, what));
    outcome.swept = current_ == job::download ? files_.is_last(false) : stage_ == stage::parting;
    return outcome;
}

// Never a link: that needs no key.
std::string recording_plan::name_of_request() const
{
    switch (current_) {
        case job::look:
            break;
        case job::search:
            return list_.request().target;
        case job::retrieve:
            return artifact_path(artifact_);
        case job::download:
            return std::string{in_words(files_.current())} + " of " + artifact_path(artifact_);
    }
    return recording_path(recording_);
}

void recording_plan::on_stored(timestamp now)
{
    const auto told = std::exchange(pending_, conclusion::nothing);
    if (told == conclusion::nothing)
        return;
    const auto asked = current_;
    if (asked == job::look)
        look_between_ = false;
    take_in(told, now);
    if (told != conclusion::given_up && asked != job::download)
        patience_with(asked) = {};
    if (pending_swept_)
        stage_ = stage::closed;
    choose(now);
}

void recording_plan::take_in(conclusion told, timestamp now)
{
    switch (told) {
        case conclusion::nothing:
            return;
        case conclusion::recording:
            return take_in_recording(now);
        case conclusion::missing:
            return take_in_missing(now);
        case conclusion::artifact:
            if (pending_artifact_)
                take_in_artifact(*pending_artifact_, now);
            return;
        case conclusion::page:
            return take_in_page(now);
        case conclusion::file:
            return next_file(true, now);
        case conclusion::given_up:
            return pass_over(now);
    }
}

void recording_plan::take_in_recording(timestamp now)
{
    missing_ = 0;
    account_ = pace_.account;
    told_code_ = pending_recording_.code;
    const auto& artifact = pending_recording_.artifact;
    const bool has_ended = pending_recording_.is_over() ||
                           (artifact && artifact->status != artifact_status::processing);
    if (stage_ == stage::fresh || stage_ == stage::going_on) {
        if (!has_ended) {
            enter(stage::going_on);
            if (artifact)
                note(*artifact, now);
            return wait_longer(now);
        }
        enter(stage::over);
        ended_at_ = now;
        due_ = {now, milliseconds{0}};
    }
    if (artifact)
        take_in_artifact(*artifact, now);
}

// Never back: what is older than what is known has been made up of older pieces somewhere.
bool recording_plan::note(const artifact_facts& artifact, timestamp now)
{
    const bool is_older = artifact.id == artifact_ && updated_at_ && artifact.updated_at &&
                          *artifact.updated_at < *updated_at_;
    if (is_older || !is_id(artifact.id))
        return false;
    artifact_ = artifact.id;
    status_ = artifact.status;
    updated_at_ = artifact.updated_at;
    files_.take_links(artifact, now);
    searches_ = 0;
    return true;
}

void recording_plan::take_in_artifact(const artifact_facts& artifact, timestamp now)
{
    if (!note(artifact, now))
        return wait_longer(now);
    if (artifact.can_be_read())
        return begin_reading(now);
    if (status_ == artifact_status::processing && stage_ != stage::parting)
        return wait_longer(now);
    part(now);
}

void recording_plan::begin_reading(timestamp now)
{
    if (stage_ != stage::reading) {
        enter(stage::reading);
        files_.begin();
        due_ = {now, milliseconds{0}};
    } else if (files_.link().empty()) {
        part(now);
    }
}

void recording_plan::take_in_page(timestamp now)
{
    if (pending_artifact_) {
        list_.start(recording_);
        due_ = {now, milliseconds{0}};
        return take_in_artifact(*pending_artifact_, now);
    }
    if (pending_next_) {
        list_.go_on(*pending_next_);
        due_ = {now, milliseconds{0}};
        return;
    }
    list_.start(recording_);
    if (++searches_ >= most_searches)
        return part(now);
    wait_longer(now);
}

void recording_plan::take_in_missing(timestamp now)
{
    if (current_ == job::retrieve) {
        status_ = artifact_status::deleted;
        return part(now);
    }
    ++missing_;
    wait_longer(now);
}

// What cannot be read is passed over: what is left of the files is read, and where nothing is, the
// meeting is what webhooks have told.
void recording_plan::pass_over(timestamp now)
{
    patience_with(current_) = {};
    if (current_ == job::download)
        return next_file(false, now);
    if (current_ != job::look || stage_ == stage::parting)
        return part(now);
    look_between_ = false;
    if (stage_ != stage::fresh && stage_ != stage::going_on)
        return;
    enter(stage::over);
    ended_at_ = now;
}

void recording_plan::part(timestamp now)
{
    if (stage_ == stage::parting)
        return;
    enter(stage::parting);
    due_ = {now, pace_.late_sweep};
}

void recording_plan::next_file(bool was_read, timestamp now)
{
    patience_with(job::download) = {};
    due_ = {now, milliseconds{0}};
    if (!files_.go_on(was_read))
        stage_ = stage::closed;
}

void recording_plan::enter(stage to)
{
    if (std::exchange(stage_, to) == to)
        return;
    end_told_ = end_told_ && to == stage::going_on;
    waits_ = 0;
    told_given_up_ = {};
}

void recording_plan::wait_longer(timestamp now)
{
    due_ = {now, pause(waits_)};
    ++waits_;
}

// What is asked for next: fixed here, so that an answer always belongs to what was asked.
void recording_plan::choose(timestamp now)
{
    switch (stage_) {
        case stage::fresh:
        case stage::going_on:
            current_ = job::look;
            break;
        case stage::over:
            current_ = artifact_.empty() ? job::search : job::retrieve;
            break;
        case stage::reading:
            current_ = files_.has_fresh_links(now) ? job::download : job::retrieve;
            break;
        case stage::parting:
            current_ = artifact_.empty() ? job::look : job::retrieve;
            break;
        case stage::closed:
            return;
    }
    if (look_between_)
        current_ = job::look;
}

void recording_plan::start_again()
{
    stage_ = stage::fresh;
    current_ = job::look;
    due_ = {};
    waits_ = missing_ = searches_ = 0;
    end_told_ = look_between_ = false;
    patience_ = {};
    told_given_up_ = {};
    told_code_.clear();
    ended_at_.reset();
    artifact_.clear();
    status_ = artifact_status::processing;
    updated_at_.reset();
    files_ = artifact_files{options_.speaker_timeline};
    list_.start(recording_);
    pending_ = conclusion::nothing;
    pending_swept_ = false;
}

// A status webhook, or a row of the list: it is over, or its artifact is.
void recording_plan::on_ended(timestamp /*now*/)
{
    if (stage_ == stage::reading || stage_ == stage::closed)
        return;
    if (stage_ == stage::parting) {
        if (!artifact_.empty())
            return;
        stage_ = stage::over;
        current_ = job::search;
        searches_ = 0;
    }
    end_told_ = true;
    waits_ = 0;
    due_ = {};
}

void recording_plan::sweep(timestamp /*now*/)
{
    start_again();
}

// Counted in looks, not by a clock.
bool recording_plan::is_gone(unsigned times) const
{
    if (was_found())
        return times >= gone_after;
    const auto longest = std::max(pace_.discovery_interval * longest_look, milliseconds{1});
    return times >= gone_after && longest * times >= pace_.window;
}

bool recording_plan::was_waited_for(timestamp now) const
{
    return ended_at_ && now - *ended_at_ > pace_.window;
}

// Twice as long each time; soon again where something is about to come.
milliseconds recording_plan::pause(unsigned times) const
{
    constexpr unsigned most_doublings = 16;
    const bool expects = end_told_ || stage_ == stage::over || stage_ == stage::reading;
    const auto first =
        std::max(expects ? pace_.interval : pace_.discovery_interval, milliseconds{1});
    const auto longest = std::max(pace_.discovery_interval * longest_look, first);
    return std::min(first * (1U << std::min(times, most_doublings)), longest);
}

std::string recording_plan::state() const
{
    std::string json = R"({"phase":")";
    json.append(phase()).append("\"");
    append_time(json, "ended_at", ended_at_);
    if (!artifact_.empty() && ended_at_)
        json.append(R"(,"artifact":")").append(artifact_).append("\"");
    append_account(json, account_.value_or(""));
    return json += '}';
}

std::string_view recording_plan::phase() const
{
    switch (stage_) {
        case stage::fresh:
            return "new";
        case stage::going_on:
            return going_on_phase;
        case stage::over:
        case stage::parting:
            return "ended";
        case stage::reading:
            return "downloading";
        case stage::closed:
            break;
    }
    return "done";
}

}  // namespace rollcall::recall
