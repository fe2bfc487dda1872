// Of a relay: what it counts. A partition counts what its records come to as they are read; that is
// entered in the books when it is committed, and struck out when its records are to be read again.
#include "relay/relay.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace rollcall {
namespace {

void add_offset(std::set<std::int64_t>& offsets, std::int64_t offset)
{
    offsets.insert(offsets.end(), offset);  // mostly the last one
}

}  // namespace

// The last one that was read. Of one that was read before the books know it already.
void relay::end_record(work& w, const std::string& source, relay_count what)
{
    auto& counted = w.counted[source];
    if (w.position <= w.entered_to) {
        ++counted[relay_count::records_again];
        return;
    }
    ++counted[relay_count::records];
    ++counted[what];
}

void relay::end_event(work& w, const std::string& source, std::int64_t offset, relay_count what)
{
    auto& counted = w.counted[source];
    ++counted[w.decided_before.contains(offset) ? relay_count::read_again : what];
    w.decided.push_back(offset);
}

void relay::count_duplicate(
    work& w, const std::string& source, std::int64_t offset, way first, way later
)
{
    auto& counted = w.counted[source];
    if (w.decided_before.contains(offset))
        ++counted[relay_count::read_again];
    else
        ++counted.duplicates(first, later);
    w.decided.push_back(offset);
}

void relay::count_published(work& w)
{
    for (const auto& p : w.out) {
        auto& counted = w.counted[p.what.source];
        ++counted[published_by(p.what.via)];
        counted[relay_count::late] += p.late ? 1 : 0;
        counted[relay_count::settled] += p.what.kind == kind::meeting_settled ? 1 : 0;
        if (p.intake_offset)
            w.decided.push_back(*p.intake_offset);
    }
}

void relay::observe_times(const work& w)
{
    const timestamp now = wall_clock();
    const std::string* source = nullptr;
    relay_counts::times* times = nullptr;
    for (const auto& p : w.out) {
        if (source == nullptr || *source != p.what.source) {
            source = &p.what.source;
            times = &counts_.times_of(*source);
        }
        if (p.what.via == way::webhook)
            times->end_to_end.observe(now - p.what.received_at);
        if (p.held)
            times->hold.observe(*p.held);
    }
}

// What was counted is true from now on, whatever comes.
void relay::enter(work& w)
{
    waiting_amounts waiting{w.decides->held_by_source(), w.nameless.count_waiting()};
    counts_.books.enter(w.counted, w.entered, waiting);
    w.entered = std::move(waiting);
    w.entered_to = std::max(w.entered_to, w.position);
    w.counted.clear();
    w.decided_before.erase(w.decided_before.begin(), w.decided_before.lower_bound(w.committed));
    for (const auto offset : w.decided)
        if (offset >= w.committed)
            add_offset(w.decided_before, offset);
    w.decided.clear();
}

// Of partitions that have read something and have nothing to commit: all of it waits, or lies
// behind what does.
void relay::enter_idle()
{
    for (auto& [partition, w] : works_)
        if (w.decides && !w.counted.empty())
            enter(w);
}

// Nothing of what is not entered has happened, and what was held is held no longer: its records are
// read again, by whoever owns the partition then.
void relay::strike(work& w)
{
    source_tallies returned;
    for (const auto& [source, held] : w.entered.events)
        returned[source][relay_count::returned] = held;
    for (const auto& [source, waiting] : w.entered.records)
        returned[source][relay_count::records_returned] = waiting;
    counts_.books.enter(returned, w.entered, {});
    w.entered = {};
    w.counted.clear();
    w.decided.clear();
}

void relay::count_failure(reaction to)
{
    if (to != reaction::none)
        ++counts_.failures[static_cast<std::size_t>(to)];
}

}  // namespace rollcall
