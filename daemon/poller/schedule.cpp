#include "poller/schedule.hpp"

#include <algorithm>
#include <limits>

namespace rollcall {

schedule::schedule(schedule_pace pace, std::function<double()> chance)
    : pace_{pace}, chance_{std::move(chance)}
{
}

std::uint32_t schedule::add_credential(std::span<const std::uint32_t> limits, wait_range margin)
{
    auto& made = credentials_.emplace_back();
    made.margin = margin;
    for (const auto requests_a_minute : limits)
        made.budgets.emplace_back(requests_a_minute);
    return static_cast<std::uint32_t>(credentials_.size() - 1);
}

std::uint32_t schedule::add_source(
    std::uint32_t credential, std::uint32_t concurrency, std::uint32_t downloads_at_once
)
{
    const auto number = static_cast<std::uint32_t>(sources_.size());
    auto& whose = credentials_[credential];
    auto& made = sources_.emplace_back();
    made.credential = credential;
    made.concurrency = std::max(1U, concurrency);
    made.downloads_at_once = std::max(1U, downloads_at_once);
    made.waiting.resize(whose.not_known() + 1);
    whose.sources.push_back(number);
    return number;
}

// ---- objects ------------------------------------------------------------------------------------

schedule::entry schedule::add(std::uint32_t source, lane kind, timestamp now, milliseconds spread)
{
    entry made = static_cast<entry>(objects_.size());
    if (unused_.empty()) {
        objects_.emplace_back();
    } else {
        made = unused_.back();
        unused_.pop_back();
    }
    objects_[made] = {.source = source, .kind = kind};
    objects_[made].at = credential_of(objects_[made]).at_first();
    const auto offset = static_cast<double>(spread.count()) * chance_();
    enqueue(made, now + milliseconds{static_cast<milliseconds::rep>(offset)});
    return made;
}

void schedule::remove(entry which)
{
    if (!storage_.open && storage_.probe == which) {
        storage_.open = true;  // somebody else has to find out
        storage_.probing = false;
    }
    auto& what = objects_[which];
    if (what.is == phase::asked) {
        what.is = phase::removed;
        return;
    }
    dequeue(which);
    release(which);
}

void schedule::expedite(entry which, timestamp now)
{
    const auto& what = objects_[which];
    if (what.is != phase::waiting || what.failures > 0 || what.time <= now)
        return;
    move(which, credential_of(what).at_first());
    dequeue(which);
    enqueue(which, now);
}

void schedule::expect(entry which, limit against)
{
    const auto& what = objects_[which];
    if (what.is == phase::waiting)
        move(which, slot_of(credential_of(what), against));
}

// A limit that there is not would be a plan's mistake: better the strictest than none.
schedule::slot schedule::slot_of(const credential_entry& whose, limit against) const
{
    if (against == download)
        return whose.for_downloads();
    return std::min<slot>(against, whose.budgets.size() - 1);
}

void schedule::move(entry which, slot to)
{
    auto& what = objects_[which];
    dequeue(which);
    what.at = to;
    enqueue(which, what.time);
}

schedule::queue& schedule::queue_of(const object& what)
{
    return sources_[what.source].waiting[what.at][static_cast<std::size_t>(what.kind)];
}

void schedule::enqueue(entry which, timestamp due)
{
    auto& what = objects_[which];
    what.is = phase::waiting;
    what.time = due;
    queue_of(what).emplace(due, which);
}

void schedule::dequeue(entry which)
{
    const auto& what = objects_[which];
    queue_of(what).erase({what.time, which});
}

void schedule::release(entry which)
{
    objects_[which] = {};
    unused_.push_back(which);
}

// ---- who is next --------------------------------------------------------------------------------

// When the budget allows a request; a time in the past where there is none, or it is not known.
timestamp schedule::allowed_at(const credential_entry& by, slot at) const
{
    return at < by.budgets.size() ? by.budgets[at].ready_at() : timestamp::min();
}

// When the source may send what waits there, as far as its door, its credential and its limits in
// flight go.
std::optional<timestamp> schedule::ready_at(const source_entry& of, slot at) const
{
    const auto& whose = credentials_[of.credential];
    if (at == whose.for_downloads())
        return of.downloads < of.downloads_at_once ? std::optional{timestamp::min()} : std::nullopt;
    const auto admitted = of.door.admits_at();
    if (!admitted || of.in_flight >= of.concurrency)
        return std::nullopt;
    return std::max({*admitted, whose.paused_until, allowed_at(whose, at)});
}

std::optional<schedule::entry> schedule::first_due(const source_entry& of, timestamp now) const
{
    for (std::size_t n = 0; n < lanes; ++n) {
        const queue* longest = nullptr;
        for (slot at = 0; at < of.waiting.size(); ++at) {
            const auto& waiting = of.waiting[at][(of.turn + n) % lanes];
            if (waiting.empty() || waiting.begin()->first > now)
                continue;
            const auto ready = ready_at(of, at);
            if (ready && *ready <= now && (!longest || *waiting.begin() < *longest->begin()))
                longest = &waiting;
        }
        if (longest)
            return longest->begin()->second;
    }
    return std::nullopt;
}

std::optional<schedule::entry> schedule::candidate(timestamp now)
{
    if (!storage_.open) {
        const auto probe = storage_probe(now);
        if (!storage_.open)
            return probe;
    }
    for (const auto& whose : credentials_)
        for (std::size_t n = 0; n < whose.sources.size(); ++n) {
            const auto number = whose.sources[(whose.turn + n) % whose.sources.size()];
            if (const auto found = first_due(sources_[number], now))
                return found;
        }
    return std::nullopt;
}

// The object that found the storage closed, once it is time to look again. Where its source does
// not let it go, another one has to find out.
std::optional<schedule::entry> schedule::storage_probe(timestamp now)
{
    if (storage_.probing || now < storage_.closed_until)
        return std::nullopt;
    const auto& from = sources_[objects_[storage_.probe].source];
    if (!from.door.is_open() || credentials_[from.credential].paused_until > now) {
        storage_.open = true;
        return std::nullopt;
    }
    const auto ready = ready_at(from, objects_[storage_.probe].at);
    return ready && *ready <= now ? std::optional{storage_.probe} : std::nullopt;
}

std::optional<timestamp> schedule::wake(const source_entry& of) const
{
    std::optional<timestamp> earliest;
    for (slot at = 0; at < of.waiting.size(); ++at)
        for (const auto& waiting : of.waiting[at]) {
            const auto ready = waiting.empty() ? std::nullopt : ready_at(of, at);
            if (!ready)
                continue;
            const auto due = std::max(*ready, waiting.begin()->first);
            earliest = earliest ? std::min(*earliest, due) : due;
        }
    return earliest;
}

std::optional<timestamp> schedule::wake() const
{
    if (!storage_.open) {
        const auto& probe = objects_[storage_.probe];
        const auto& from = sources_[probe.source];
        if (storage_.probing)
            return std::nullopt;
        if (!from.door.is_open())
            return storage_.closed_until;
        const auto& whose = credentials_[from.credential];
        const bool full = probe.at == whose.for_downloads()
                              ? from.downloads >= from.downloads_at_once
                              : from.in_flight >= from.concurrency;
        if (full)
            return std::nullopt;
        return std::max(storage_.closed_until, allowed_at(whose, probe.at));
    }
    std::optional<timestamp> earliest;
    for (const auto& each : sources_)
        if (const auto at = wake(each))
            earliest = earliest ? std::min(*earliest, *at) : *at;
    return earliest;
}

bool schedule::begin(entry which, timestamp now, limit against)
{
    auto& what = objects_[which];
    auto& from = sources_[what.source];
    auto& whose = credentials_[from.credential];
    move(which, slot_of(whose, against));
    if (const auto ready = ready_at(from, what.at); !ready || *ready > now)
        return false;
    dequeue(which);
    what.is = phase::asked;
    what.time = now;
    if (!storage_.open && storage_.probe == which)
        storage_.probing = true;
    from.turn = (static_cast<std::size_t>(what.kind) + 1) % lanes;
    const auto at = std::ranges::find(whose.sources, what.source) - whose.sources.begin();
    whose.turn = static_cast<std::size_t>(at + 1) % whose.sources.size();
    if (downloads(what)) {
        ++from.downloads;
        return true;
    }
    what.probes_door = from.door.pass();
    ++from.in_flight;
    whose.budgets[what.at].take(now);
    return true;
}

void schedule::wait(entry which, timestamp until, timestamp now)
{
    constexpr milliseconds shortest{1};  // a plan that waits for the past would be asked for ever
    if (!storage_.open && storage_.probe == which)
        storage_.open = true;  // it has nothing to store any more
    dequeue(which);
    const auto length = std::max(until - now, shortest);
    const auto more = static_cast<double>(length.count()) * pace_.jitter * chance_();
    auto& what = objects_[which];
    what.at = credential_of(what).at_first();  // what it will want then is another matter
    enqueue(which, now + length + milliseconds{static_cast<milliseconds::rep>(more)});
}

schedule::source_view schedule::view(std::uint32_t source, timestamp now) const
{
    const auto& of = sources_[source];
    source_view seen;
    seen.denied = of.denied;
    seen.failing = !of.denied && !of.door.is_open();
    seen.throttled = credentials_[of.credential].paused_until > now;
    seen.in_flight = of.in_flight + of.downloads;
    for (const auto& budget : credentials_[of.credential].budgets)
        seen.budget_left.push_back(seen.throttled ? 0 : budget.left(now));
    for (const auto& each : of.waiting)
        for (const auto& waiting : each)
            if (!waiting.empty())
                seen.due_lag = std::max(seen.due_lag, now - waiting.begin()->first);
    return seen;
}

}  // namespace rollcall
