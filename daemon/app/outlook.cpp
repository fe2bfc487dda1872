#include "app/outlook.hpp"

#include "app/tail_line.hpp"
#include "providers/given_up.hpp"

#include <algorithm>
#include <utility>

namespace rollcall {
namespace {

using as = outlook::as;

// What to do about those that are not put into the intake.
std::string_view advice_of(as what)
{
    switch (what) {
        case as::known:
            return "nothing new, for all of it is published";
        case as::ignored:
            return "nothing to tell";
        case as::unusable:
            return "not usable yet; the settings, or the sender, have to be mended first";
        case as::too_old:
            return "older than dedupe.window, so it cannot be proved new; a polled meeting is read "
                   "again by rollcall track sweep, however old";
        case as::download:
            return "of a download, which rollcall track sweep reads again, whole";
        case as::nameless:
            return "stored again under the meeting it belongs to";
        case as::no_payload:
            return "without a payload; rollcall track sweep asks the provider again";
        case as::fresh:
            break;
    }
    return {};
}

std::string counted(std::size_t number, const std::string& what)
{
    return std::to_string(number) + ' ' + what + (number == 1 ? "" : "s");
}

}  // namespace

std::string_view to_string(as what)
{
    switch (what) {
        case as::fresh:
            return "new";
        case as::known:
            return "published";
        case as::ignored:
            return "ignored";
        case as::unusable:
            return "unusable";
        case as::too_old:
            return "too old";
        case as::download:
            return "download";
        case as::nameless:
            return "nameless";
        case as::no_payload:
            break;
    }
    return "no payload";
}

outlook forecast::of(const stored_record& record)
{
    if (record.unreadable)
        return {.what = as::no_payload, .fresh = {}, .why = fault_text(*record.unreadable)};
    if (!record.is_payload())
        return {.what = as::no_payload, .fresh = {}, .why = record.what.item};
    auto made = normalise(record.what, by_);
    if (made.unusable)
        return {.what = as::unusable, .fresh = {}, .why = fault_text(*made.unusable)};
    if (made.told.waits_for)
        return {.what = as::nameless, .fresh = {}, .why = {}};
    if (made.told.events.empty())
        return {.what = as::ignored, .fresh = {}, .why = made.told.ignored};
    outlook seen;
    std::size_t too_old = 0;
    for (auto& told : made.told.events) {
        if (!is_fresh(told, record.at, record.what.via != way::download))
            continue;
        if (told.occurred_at < oldest_)
            ++too_old;
        else
            seen.fresh.push_back(std::move(told));
    }
    if (seen.fresh.empty() && too_old == 0)
        return seen;
    seen.what = seen.fresh.empty()                 ? as::too_old
                : record.what.via == way::download ? as::download
                                                   : as::fresh;
    if (seen.what != as::fresh)
        seen.fresh.clear();
    return seen;
}

bool forecast::is_fresh(const event& told, const intake_place& at, bool goes_in)
{
    const auto seen = published_.find(told, at).what;
    if (seen != sighting::as::nowhere && seen != sighting::as::perhaps)
        return false;
    // By what the relay tells those of one identity apart, too.
    const auto apart = told.counts_occurrences ? told.occurred_at.time_since_epoch().count()
                                               : std::int64_t{told.content};
    const std::pair one{published_.ids_of(told).front(), apart};
    return goes_in ? foretold_.insert(one).second : !foretold_.contains(one);
}

void outlook_sum::add(const outlook& one)
{
    ++records[one.what];
    events += one.fresh.size();
}

std::size_t outlook_sum::of(outlook::as what) const
{
    const auto it = records.find(what);
    return it == records.end() ? 0 : it->second;
}

std::string sum_text(const outlook_sum& sum, const std::string& what, bool dry)
{
    std::string text = counted(sum.of(as::fresh), what) + " with " +
                       counted(sum.events, "new event") +
                       (dry ? " would be put into the intake\n" : " put into the intake\n");
    for (const auto& [kind, number] : sum.records)
        if (kind != as::fresh)
            text += counted(number, what) + ": " + std::string{advice_of(kind)} + '\n';
    return text;
}

std::string fresh_line(const event& one, const std::string& from)
{
    std::string text = printable(one.source) + "  " + printable(one.meeting.id) + "  " +
                       std::string{rollcall::to_string(one.kind)};
    if (one.participant)
        text += ' ' + printable(one.participant->id);
    return text + " at " + to_rfc3339(one.occurred_at) + "  from " + from;
}

}  // namespace rollcall
