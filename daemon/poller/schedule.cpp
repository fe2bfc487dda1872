#include "poller/schedule.hpp"

#include <algorithm>
#include <limits>

namespace rollcall {

schedule::schedule(schedule_pace pace, std::function<double()> chance)
    : pace_{pace}, chance_{std::move(chance)}
{
}

std::uint32_t schedule::add_credential(std::uint32_t requests_a_minute)
{
    credentials_.push_back({.budget = token_bucket{requests_a_minute}});
    return static_cast<std::uint32_t>(credentials_.size() - 1);
}

std::uint32_t schedule::add_source(std::uint32_t credential, std::uint32_t concurrency)
{
    const auto number = static_cast<std::uint32_t>(sources_.size());
    sources_.push_back({.credential = credential, .concurrency = std::max(1U, concurrency)});
    credentials_[credential].sources.push_back(number);
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
    dequeue(which);
    enqueue(which, now);
}

void schedule::enqueue(entry which, timestamp due)
{
    auto& what = objects_[which];
    what.is = phase::waiting;
    what.time = due;
    sources_[what.source].waiting[static_cast<std::size_t>(what.kind)].emplace(due, which);
}

void schedule::dequeue(entry which)
{
    const auto& what = objects_[which];
    sources_[what.source].waiting[static_cast<std::size_t>(what.kind)].erase({what.time, which});
}

void schedule::release(entry which)
{
    objects_[which] = {};
    unused_.push_back(which);
}

// ---- who is next --------------------------------------------------------------------------------

// When the source may send, as far as its door, its credential and its limit in flight go.
std::optional<timestamp> schedule::ready_at(const source_entry& of) const
{
    const auto admitted = of.door.admits_at();
    if (!admitted || of.in_flight >= of.concurrency)
        return std::nullopt;
    const auto& whose = credentials_[of.credential];
    return std::max({*admitted, whose.paused_until, whose.budget.ready_at()});
}

std::optional<schedule::entry> schedule::first_due(const source_entry& of, timestamp now) const
{
    const auto ready = ready_at(of);
    if (!ready || *ready > now)
        return std::nullopt;
    for (std::size_t n = 0; n < lanes; ++n) {
        const auto& waiting = of.waiting[(of.turn + n) % lanes];
        if (!waiting.empty() && waiting.begin()->first <= now)
            return waiting.begin()->second;
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
    const auto ready = ready_at(from);
    return ready && *ready <= now ? std::optional{storage_.probe} : std::nullopt;
}

std::optional<timestamp> schedule::wake(const source_entry& of) const
{
    const auto ready = ready_at(of);
    if (!ready)
        return std::nullopt;
    std::optional<timestamp> earliest;
    for (const auto& waiting : of.waiting)
        if (!waiting.empty()) {
            const auto at = std::max(*ready, waiting.begin()->first);
            earliest = earliest ? std::min(*earliest, at) : at;
        }
    return earliest;
}

std::optional<timestamp> schedule::wake() const
{
    if (!storage_.open) {
        const auto& from = sources_[objects_[storage_.probe].source];
        if (storage_.probing)
            return std::nullopt;
        if (!from.door.is_open())
            return storage_.closed_until;
        if (from.in_flight >= from.concurrency)
            return std::nullopt;
        return std::max(storage_.closed_until, credentials_[from.credential].budget.ready_at());
    }
    std::optional<timestamp> earliest;
    for (const auto& each : sources_)
        if (const auto at = wake(each))
            earliest = earliest ? std::min(*earliest, *at) : *at;
    return earliest;
}

void schedule::begin(entry which, timestamp now)
{
    dequeue(which);
    auto& what = objects_[which];
    auto& from = sources_[what.source];
    auto& whose = credentials_[from.credential];
    what.is = phase::asked;
    what.time = now;
    what.probes_door = from.door.pass();
    if (!storage_.open && storage_.probe == which)
        storage_.probing = true;
    ++from.in_flight;
    from.turn = (static_cast<std::size_t>(what.kind) + 1) % lanes;
    whose.budget.take(now);
    const auto at = std::ranges::find(whose.sources, what.source) - whose.sources.begin();
    whose.turn = static_cast<std::size_t>(at + 1) % whose.sources.size();
}

void schedule::wait(entry which, timestamp until, timestamp now)
{
    constexpr milliseconds shortest{1};  // a plan that waits for the past would be asked for ever
    if (!storage_.open && storage_.probe == which)
        storage_.open = true;  // it has nothing to store any more
    dequeue(which);
    const auto length = std::max(until - now, shortest);
    const auto more = static_cast<double>(length.count()) * pace_.jitter * chance_();
    enqueue(which, now + length + milliseconds{static_cast<milliseconds::rep>(more)});
}

// ---- what requests came to ----------------------------------------------------------------------

void schedule::finished(
    entry which, verdict came_to, timestamp now, std::optional<milliseconds> retry_after
)
{
    auto& what = objects_[which];
    auto& from = sources_[what.source];
    --from.in_flight;
    const bool probed_storage = storage_.probing && storage_.probe == which;
    if (probed_storage) {
        storage_.probing = false;
        storage_.open = came_to != verdict::not_stored;
    }
    if (retry_after && came_to == verdict::failed)
        pause(credentials_[from.credential], now, *retry_after);

    const bool removed = what.is == phase::removed;
    auto due = now;
    switch (came_to) {
        case verdict::stored:
            storage_ = {};
            [[fallthrough]];
        case verdict::good:
            what.failures = 0;
            answered(what);
            break;
        case verdict::failed:
            failed(what, now);
            due += delay(pace_.object, what.failures);
            break;
        case verdict::throttled:
            throttled(what, now, retry_after);
            break;
        case verdict::denied:
            denied(what, now);
            due += pace_.denied_probe;  // somebody else probes first
            break;
        case verdict::refused:
            answered(what);
            what.failures = static_cast<std::uint8_t>(std::min(what.failures + 1, 255));
            due += delay(pace_.object, what.failures);
            break;
        case verdict::not_stored:
            answered(what);
            if (!removed)
                not_stored(which, now);
            break;
        case verdict::lost:
            if (what.probes_door)
                from.door.probe_lost();
            break;
    }
    what.probes_door = false;
    if (removed)
        release(which);
    else
        enqueue(which, due);
}

// The provider is there and lets us in. What was sent before it denied us says nothing.
void schedule::answered(object& what)
{
    auto& from = sources_[what.source];
    from.failures_in_a_row = 0;
    credentials_[from.credential].throttled_in_a_row = 0;
    if (from.denied && !what.probes_door)
        return;
    from.denied = false;
    from.door.open();
}

void schedule::failed(object& what, timestamp now)
{
    what.failures = static_cast<std::uint8_t>(std::min(what.failures + 1, 255));
    auto& from = sources_[what.source];
    const bool decides = what.probes_door || from.door.is_open();
    if (!decides)
        return;
    ++from.failures_in_a_row;
    if (from.denied)
        from.door.close(now + pace_.denied_probe);
    else if (from.failures_in_a_row >= pace_.source_failures)
        from.door.close(
            now + delay(pace_.source, from.failures_in_a_row - pace_.source_failures + 1)
        );
}

void schedule::throttled(object& what, timestamp now, std::optional<milliseconds> retry_after)
{
    auto& from = sources_[what.source];
    auto& whose = credentials_[from.credential];
    if (what.probes_door)
        from.door.probe_lost();
    const bool sent_before_the_pause =
        whose.throttled_in_a_row > 0 && what.time <= whose.paused_from;
    if (!sent_before_the_pause)
        ++whose.throttled_in_a_row;
    if (retry_after)
        pause(whose, now, *retry_after);
    else if (!sent_before_the_pause)
        pause(whose, now, delay(pace_.throttled, whose.throttled_in_a_row));
}

void schedule::denied(object& what, timestamp now)
{
    auto& from = sources_[what.source];
    if (from.denied && !what.probes_door)
        return;
    from.denied = true;
    from.door.close(now + pace_.denied_probe);
}

void schedule::not_stored(entry which, timestamp now)
{
    const bool known = !storage_.open && storage_.probe != which;
    if (known)
        return;
    ++storage_.failures_in_a_row;
    storage_.open = false;
    storage_.probe = which;
    storage_.closed_until = now + delay(pace_.storage, storage_.failures_in_a_row);
}

void schedule::pause(credential_entry& whose, timestamp now, milliseconds length)
{
    if (whose.paused_until <= now)
        whose.paused_from = now;
    whose.paused_until = std::max(whose.paused_until, now + length);
}

schedule::source_view schedule::view(std::uint32_t source, timestamp now) const
{
    const auto& of = sources_[source];
    source_view seen;
    seen.denied = of.denied;
    seen.failing = !of.denied && !of.door.is_open();
    seen.throttled = credentials_[of.credential].paused_until > now;
    seen.in_flight = of.in_flight;
    for (const auto& waiting : of.waiting)
        if (!waiting.empty())
            seen.due_lag = std::max(seen.due_lag, now - waiting.begin()->first);
    return seen;
}

}  // namespace rollcall
