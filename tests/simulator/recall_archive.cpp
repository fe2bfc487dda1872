#include "simulator/recall_archive.hpp"

#include "simulator/calendar.hpp"
#include "simulator/dice.hpp"
#include "simulator/recall.hpp"

#include <algorithm>

namespace rollcall::simulator {
namespace {

constexpr std::size_t performances_kept = 100;
const value nothing;

const value& member(const value& of, std::string_view name)
{
    const auto* const found = of.find(name);
    return found == nullptr ? nothing : *found;
}

std::string id_in(const value& data, std::string_view object)
{
    return std::string{member(member(data, object), "id").text()};
}

/// With so many digits; what is behind them is cut off.
std::string absolute(stamp at, unsigned digits)
{
    auto text = python_datetime(at);
    const auto dot = text.find('.');
    auto fraction = dot == std::string::npos ? std::string{"000000"} : text.substr(dot + 1);
    text.resize(std::min(dot, text.size()));
    fraction.resize(std::min<std::size_t>(digits, fraction.size()));
    return text + (fraction.empty() ? "" : "." + fraction) + "Z";
}

value timestamp(stamp at, stamp start, unsigned digits)
{
    const auto micros = (at - start).count();
    const auto size = micros < 0 ? -micros : micros;
    const auto fraction = std::to_string(1'000'000 + size % 1'000'000).substr(1);
    value::object members;
    members.emplace_back("absolute", absolute(at, digits));
    members.emplace_back(
        "relative",
        value::number{(micros < 0 ? "-" : "") + std::to_string(size / 1'000'000) + "." + fraction}
    );
    return members;
}

value participant_events(const recall_recording& of, unsigned digits)
{
    value::array rows;
    for (const auto& each : of.entries) {
        value::object row;
        row.emplace_back("id", each.id);
        row.emplace_back("action", each.action);
        row.emplace_back("participant", each.participant);
        row.emplace_back("timestamp", timestamp(each.at, of.started, digits));
        row.emplace_back("data", each.data);
        rows.emplace_back(std::move(row));
    }
    return rows;
}

std::string who(const recall_recording::entry& of)
{
    return to_compact_json(member(of.participant, "id"));
}

/// As they were last, in whatever order the entries stand.
value participants(const recall_recording& of)
{
    std::map<std::string, const recall_recording::entry*> last;
    for (const auto& each : of.entries) {
        auto& latest = last[who(each)];
        if (latest == nullptr || latest->at <= each.at)
            latest = &each;
    }
    value::array rows;
    for (const auto& [id, each] : last)
        rows.emplace_back(each->participant);
    return rows;
}

value speaker_timeline(const recall_recording& of, unsigned digits)
{
    auto by_time = of.entries;
    std::ranges::stable_sort(by_time, {}, &recall_recording::entry::at);
    value::array rows;
    std::map<std::string, std::size_t> speaking;
    for (const auto& each : by_time) {
        const auto at = timestamp(each.at, of.started, digits);
        if (each.action == "speech_on") {
            value::object row;
            row.emplace_back("participant", each.participant);
            row.emplace_back("start_timestamp", at);
            row.emplace_back("end_timestamp", value{});
            speaking[who(each)] = rows.size();
            rows.emplace_back(std::move(row));
        } else if (const auto open = speaking.find(who(each));
                   each.action == "speech_off" && open != speaking.end()) {
            rows[open->second] = rows[open->second].with("end_timestamp", at);
            speaking.erase(open);
        }
    }
    return rows;
}

recall_status read_status(const value& inner)
{
    recall_status made;
    made.code = member(inner, "code").text();
    made.sub_code = member(inner, "sub_code");
    made.updated_at = member(inner, "updated_at").text();
    return made;
}

}  // namespace

value recall_status::json() const
{
    value::object members;
    members.emplace_back("code", code);
    members.emplace_back("sub_code", sub_code);
    members.emplace_back("updated_at", updated_at);
    return members;
}

std::string_view to_string(recall_file file)
{
    switch (file) {
        case recall_file::participant_events:
            return "participant_events";
        case recall_file::participants:
            return "participants";
        case recall_file::speaker_timeline:
            return "speaker_timeline";
    }
    return "participant_events";
}

void recall_archive::show(const performance& what, steady_time begin, bool at_once)
{
    how_ = what.archive;
    for (const auto& each : what.told)
        pending_.emplace(
            at_once ? begin : begin + each.stored,
            pending{each.inserted, each.archived, each.content, told_++}
        );
    auto& ids = shown_.emplace_back();
    for (const auto& each : what.told)
        if (ids.empty() || ids.back() != each.meeting_id)
            ids.push_back(each.meeting_id);
    for (; shown_.size() > performances_kept; shown_.pop_front())
        forget(shown_.front());
}

void recall_archive::forget(const std::vector<std::string>& recordings)
{
    for (const auto& id : recordings) {
        const auto found = recordings_.find(id);
        if (found == recordings_.end())
            continue;
        recording_of_artifact_.erase(found->second.artifact_id);
        bots_.erase(found->second.bot_id);
        recordings_.erase(found);
    }
}

void recall_archive::catch_up(steady_time now)
{
    while (!pending_.empty() && pending_.begin()->first <= now) {
        apply(pending_.begin()->second);
        pending_.erase(pending_.begin());
    }
}

void recall_archive::apply(const pending& what)
{
    const auto event = member(what.content, "event").text();
    const auto& data = member(what.content, "data");
    const auto& inner = member(data, "data");
    const auto object = event.substr(0, event.find('.'));
    if (inner.find("participant") != nullptr) {
        auto& of = recording_of(data, what.inserted);
        return add_entry(of, event.substr(object.size() + 1), what);
    }
    const auto now = read_status(inner);
    if (object == "bot")
        return apply_bot(data, now, what.inserted);
    auto& of = recording_of(data, what.inserted);
    if (object == "recording") {
        of.status = now;
        if (of.started_at.empty())
            of.started_at = now.updated_at;
        if (now.code != "processing")
            of.completed_at = now.updated_at;
    } else if (object == "participant_events") {
        if (of.artifact_id.empty()) {
            of.artifact_id = id_in(data, object);
            of.artifact_created = what.inserted;
            recording_of_artifact_[of.artifact_id] = of.id;
        }
        of.artifact = now;
    } else if (object == "realtime_endpoint") {
        if (of.endpoints.empty())
            of.endpoints.push_back({real_time_endpoint(of.id, 0), now, what.inserted});
        for (auto& each : of.endpoints)
            if (each.status.code != "failed")
                each.status = now;
    }
}

recall_recording& recall_archive::recording_of(const value& data, stamp inserted)
{
    auto id = id_in(data, "recording");
    auto& of = recordings_[id];
    if (of.id.empty()) {
        of.id = std::move(id);
        of.metadata = member(member(data, "recording"), "metadata");
        of.created = of.started = inserted;
        of.bot_id = id_in(data, "bot");
        if (const auto found = bots_.find(of.bot_id); found != bots_.end())
            found->second.recordings.push_back(of.id);
    }
    return of;
}

void recall_archive::apply_bot(const value& data, const recall_status& now, stamp inserted)
{
    auto id = id_in(data, "bot");
    auto& of = bots_[id];
    if (of.id.empty()) {
        of.id = std::move(id);
        of.metadata = member(member(data, "bot"), "metadata");
        of.created = inserted;
    }
    value::object change;
    change.emplace_back("code", now.code);
    change.emplace_back("message", value{});
    change.emplace_back("created_at", now.updated_at);
    change.emplace_back("sub_code", now.sub_code);
    of.status_changes.emplace_back(std::move(change));
}

void recall_archive::add_entry(recall_recording& to, std::string_view action, const pending& what)
{
    if (!what.archived)
        return;
    const auto& inner = member(member(what.content, "data"), "data");
    auto chance = dice::for_purpose(what.number, to.id);
    recall_recording::entry made;
    made.at = *what.archived;
    made.id = chance.uuid();
    made.action = action;
    made.participant = member(inner, "participant");
    made.data = member(inner, "data");
    const auto place = how_.shuffled ? chance.below(to.entries.size() + 1) : to.entries.size();
    to.entries.insert(to.entries.begin() + static_cast<std::ptrdiff_t>(place), std::move(made));
}

void recall_archive::give_up_endpoint(std::string_view id)
{
    for (auto& [name, of] : recordings_)
        for (auto& each : of.endpoints)
            if (each.id == id) {
                each.status.code = "failed";
                each.status.sub_code = "internal_error";
            }
}

recall_recording* recall_archive::recording(std::string_view id)
{
    const auto found = recordings_.find(id);
    return found == recordings_.end() ? nullptr : &found->second;
}

recall_recording* recall_archive::artifact(std::string_view id)
{
    const auto found = recording_of_artifact_.find(id);
    if (found == recording_of_artifact_.end())
        return nullptr;
    auto* const of = recording(found->second);
    return of->artifact_removed ? nullptr : of;
}

const recall_bot* recall_archive::bot(std::string_view id) const
{
    const auto found = bots_.find(id);
    return found == bots_.end() ? nullptr : &found->second;
}

std::string recall_archive::file(const recall_recording& of, recall_file which) const
{
    switch (which) {
        case recall_file::participant_events:
            return to_compact_json(participant_events(of, how_.digits));
        case recall_file::participants:
            return to_compact_json(participants(of));
        case recall_file::speaker_timeline:
            return to_compact_json(speaker_timeline(of, how_.digits));
    }
    return "[]";
}

}  // namespace rollcall::simulator
