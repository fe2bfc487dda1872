#include "relay/gathering.hpp"

#include <cstring>

namespace rollcall {

std::size_t event_id_hash::operator()(const event_id& id) const noexcept
{
    std::size_t hash;
    std::memcpy(&hash, id.bytes.data(), sizeof hash);
    return hash;
}

gathering::meeting* gathering::find(const meeting_name& name)
{
    const auto it = meetings_.find(name);
    return it == meetings_.end() ? nullptr : &it->second;
}

open_download& gathering::open(
    const meeting_name& name, std::string_view download, std::int64_t offset
)
{
    auto& downloads = meetings_[name].downloads;
    if (const auto it = downloads.find(download); it != downloads.end())
        return it->second;
    offsets_.insert(offset);
    auto& opened = downloads[std::string{download}];
    opened.first_offset = offset;
    return opened;
}

bool gathering::hear(open_download& in, const event_id& id, const told_event& told)
{
    if (!in.whole || !has_room() || !in.ids.insert(id).second)
        return false;
    in.rows.push_back({id, told});
    ++size_;
    return true;
}

bool gathering::wait(open_download& in, gathered_event&& e)
{
    if (!in.whole || !has_room())
        return false;
    in.waiting.push_back(std::move(e));
    list(in.waiting.back().what);
    return true;
}

bool gathering::wait_for_others(const meeting_name& name, gathered_event&& e, timestamp due)
{
    if (!has_room())
        return false;
    open_late(name, e.offset, due);
    auto& waiting = meetings_[name].late.value().waiting;
    waiting.push_back(std::move(e));
    ids_.emplace(waiting.back().id, &waiting.back().what);
    list(waiting.back().what);
    return true;
}

void gathering::open_late(const meeting_name& name, std::int64_t offset, timestamp due)
{
    auto& late = meetings_[name].late;
    if (late)
        return;
    late.emplace(late_webhooks{.first_offset = offset, .due = due, .waiting = {}});
    offsets_.insert(offset);
    due_.emplace(due, name);
}

bool gathering::wait_for_better(const meeting_name& name, gathered_event&& e)
{
    if (!has_room())
        return false;
    auto& waiting = meetings_[name].stand_ins;
    offsets_.insert(e.offset);
    waiting.push_back(std::move(e));
    ids_.emplace(waiting.back().id, &waiting.back().what);
    list(waiting.back().what);
    return true;
}

const event* gathering::find(const event_id& id) const
{
    const auto it = ids_.find(id);
    return it == ids_.end() ? nullptr : it->second;
}

std::optional<open_download> gathering::take(const meeting_name& name, std::string_view download)
{
    auto* const in = find(name);
    if (in == nullptr)
        return std::nullopt;
    const auto it = in->downloads.find(download);
    if (it == in->downloads.end())
        return std::nullopt;
    auto taken = std::move(it->second);
    in->downloads.erase(it);
    forget_offset(taken.first_offset);
    size_ -= taken.rows.size();
    no_longer(taken.waiting);
    forget_if_empty(name);
    return taken;
}

std::optional<late_webhooks> gathering::take_late(const meeting_name& name)
{
    auto* const in = find(name);
    if (in == nullptr || !in->late)
        return std::nullopt;
    auto taken = std::move(in->late);
    in->late.reset();
    due_.erase({taken->due, name});
    forget_offset(taken->first_offset);
    unlist(taken->waiting, false);
    forget_if_empty(name);
    return taken;
}

std::list<gathered_event> gathering::take_stand_ins(const meeting_name& name)
{
    auto* const in = find(name);
    if (in == nullptr)
        return {};
    auto taken = std::move(in->stand_ins);
    in->stand_ins.clear();
    unlist(taken, true);
    forget_if_empty(name);
    return taken;
}

std::list<gathered_event> gathering::give_up(open_download& in)
{
    in.whole = false;
    size_ -= in.rows.size();
    no_longer(in.waiting);
    in.rows = {};
    in.ids = {};
    return std::exchange(in.waiting, {});
}

std::optional<std::pair<timestamp, gathering::meeting_name>> gathering::first_due() const
{
    return due_.empty() ? std::nullopt : std::optional{*due_.begin()};
}

std::optional<std::int64_t> gathering::oldest() const
{
    return offsets_.empty() ? std::nullopt : std::optional{*offsets_.begin()};
}

void gathering::clear()
{
    *this = gathering{limit_};
}

void gathering::forget_offset(std::int64_t offset)
{
    if (const auto it = offsets_.find(offset); it != offsets_.end())
        offsets_.erase(it);
}

void gathering::forget_if_empty(const meeting_name& name)
{
    if (const auto it = meetings_.find(name); it != meetings_.end() && it->second.empty())
        meetings_.erase(it);
}

void gathering::unlist(const std::list<gathered_event>& events, bool has_offsets)
{
    for (const auto& each : events) {
        ids_.erase(each.id);
        if (has_offsets)
            forget_offset(each.offset);
    }
    no_longer(events);
}

void gathering::list(const event& e)
{
    ++size_;
    ++waiting_[e.source];
}

void gathering::no_longer(const std::list<gathered_event>& events)
{
    size_ -= events.size();
    if (!events.empty())  // all of one meeting
        waiting_[events.front().what.source] -= events.size();
}

}  // namespace rollcall
