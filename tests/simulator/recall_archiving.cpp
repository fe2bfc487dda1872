// What of a meeting Recall.ai's files hold, and when they are there.
#include "simulator/calendar.hpp"
#include "simulator/dice.hpp"
#include "simulator/plan.hpp"
#include "simulator/recall.hpp"

#include <map>
#include <set>
#include <string>

namespace rollcall::simulator {
namespace {

std::string_view event_of(const telling& what)
{
    const auto* const name = what.content.find("event");
    return name == nullptr ? std::string_view{} : name->text();
}

const value* inner_of(const telling& what)
{
    const auto* const data = what.content.find("data");
    return data == nullptr ? nullptr : data->find("data");
}

/// The same status under another code.
value recoded(const telling& what, std::string_view code)
{
    const auto inner = inner_of(what)->with("code", code);
    const auto data = what.content.find("data")->with("data", inner);
    return what.content.with("event", "participant_events." + std::string{code}).with("data", data);
}

/// How a meeting's file ends.
enum class fate : std::uint8_t { done, failed, deleted };

fate fate_of(const telling& last, const world& of, const archive_faults& wanted)
{
    if (event_of(last) == "participant_events.failed")
        return fate::failed;
    const auto meeting = of.facts[last.fact].meeting;
    const auto happens = [&](std::string_view what, double chance) {
        return dice::for_purpose(of.options.seed, what, meeting).chance(chance);
    };
    if (happens("artifact failed", wanted.failed))
        return fate::failed;
    return happens("artifact deleted", wanted.deleted) ? fate::deleted : fate::done;
}

std::optional<stamp> archived_at(const telling& what, const world& of, const archive_faults& wanted)
{
    const auto* const time = inner_of(what)->find("timestamp");
    const auto at = parse_datetime(time->find("absolute")->text());
    // Two tellings of one fact are two rows.
    const auto purpose = std::string{"archived "}.append(event_of(what));
    auto chance = dice::for_purpose(of.options.seed, purpose, what.fact);
    if (!at || chance.chance(wanted.missing))
        return std::nullopt;
    const auto jitter = std::chrono::microseconds{wanted.jitter}.count();
    return *at + wanted.offset + std::chrono::microseconds{chance.between(-jitter, jitter)};
}

}  // namespace

void recall::archive(std::vector<telling>& told, const world& of, const archive_faults& wanted)
    const
{
    std::map<std::string, fate> fates;  // by recording; none while it is not over
    for (auto& each : told) {
        const auto event = event_of(each);
        if (event != "participant_events.done" && event != "participant_events.failed")
            continue;
        const auto made = fates[each.meeting_id] = fate_of(each, of, wanted);
        each.stored += wanted.processing;
        if (made != fate::done)
            each.content = recoded(each, made == fate::failed ? "failed" : "deleted");
    }
    for (auto& each : told) {
        if (!each.expected || !each.expected->who)
            continue;
        const auto found = fates.find(each.meeting_id);
        if (found != fates.end() && found->second == fate::done)
            each.archived = archived_at(each, of, wanted);
        each.lasting = each.archived.has_value();
    }
}

}  // namespace rollcall::simulator
