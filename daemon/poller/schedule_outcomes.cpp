// What requests came to, and what follows from it for those that wait.
#include "poller/schedule.hpp"

#include <algorithm>
#include <limits>

namespace rollcall {

void schedule::finished(
    entry which, verdict came_to, timestamp now, std::optional<milliseconds> retry_after
)
{
    auto& what = objects_[which];
    if (storage_.probing && storage_.probe == which) {
        storage_.probing = false;
        storage_.open = came_to != verdict::not_stored;
    }
    if (came_to == verdict::stored)
        storage_ = {};
    const bool removed = what.is == phase::removed;
    if (came_to == verdict::not_stored && !removed)
        not_stored(which, now);
    const auto due = downloads(what) ? downloaded(which, came_to, now, retry_after)
                                     : answered_as(which, came_to, now, retry_after);
    if (came_to == verdict::good || came_to == verdict::stored)
        what.at = credential_of(what).at_first();
    if (removed)
        release(which);
    else
        enqueue(which, due);
}

// When the object is due again after a download. Its host is not the API.
timestamp schedule::downloaded(
    entry which, verdict came_to, timestamp now, std::optional<milliseconds> retry_after
)
{
    auto& what = objects_[which];
    --sources_[what.source].downloads;
    if (came_to == verdict::good || came_to == verdict::stored) {
        what.failures = 0;
        return now;
    }
    if (came_to == verdict::lost || came_to == verdict::not_stored)
        return now;
    what.failures = static_cast<std::uint8_t>(std::min(what.failures + 1, 255));
    return now + std::max(delay(pace_.object, what.failures), retry_after.value_or(milliseconds{}));
}

// The same after a request to the API.
timestamp schedule::answered_as(
    entry which, verdict came_to, timestamp now, std::optional<milliseconds> retry_after
)
{
    auto& what = objects_[which];
    auto& from = sources_[what.source];
    --from.in_flight;
    if (retry_after && came_to == verdict::failed)
        pause(credentials_[from.credential], now, *retry_after);
    auto due = now;
    switch (came_to) {
        case verdict::stored:
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
            break;
        case verdict::lost:
            if (what.probes_door)
                from.door.probe_lost();
            break;
    }
    what.probes_door = false;
    return due;
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

void schedule::told_limit(std::uint32_t source, const rate_notice& told, timestamp now)
{
    auto& whose = credentials_[sources_[source].credential];
    if (told.a_minute)
        for (auto& budget : whose.budgets)
            budget.limit_to(static_cast<std::uint32_t>(std::clamp<std::uint64_t>(
                *told.a_minute, 1, std::numeric_limits<std::uint32_t>::max()
            )));
    std::uint64_t in_flight = 0;
    for (const auto number : whose.sources)
        in_flight += sources_[number].in_flight;
    if (told.left && told.resets_in && *told.left <= in_flight)
        pause(whose, now, *told.resets_in);
}

void schedule::pause(credential_entry& whose, timestamp now, milliseconds length)
{
    if (whose.paused_until <= now)
        whose.paused_from = now;
    const auto spread = static_cast<double>((whose.margin.most - whose.margin.least).count());
    const auto more =
        whose.margin.least + milliseconds{static_cast<milliseconds::rep>(spread * chance_())};
    whose.paused_until = std::max(whose.paused_until, now + length + more);
}

}  // namespace rollcall
