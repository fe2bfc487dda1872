#include "relay/ledger.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace rollcall {
namespace {

// A position names a slot: the topic in the lowest bit, the place in its log above it.
constexpr std::uint32_t make_position(channel in, std::uint32_t place)
{
    return place << 1 | static_cast<std::uint32_t>(in);
}

// Source, a zero byte, the meeting's id. The view is good until the next call on this thread.
std::string_view meeting_key(std::string_view source, std::string_view id)
{
    thread_local std::string key;
    key.assign(source).push_back('\0');
    return key.append(id);
}

}  // namespace

ledger::ledger(source_set polled_sources, source_set matched_sources)
    : polled_{std::move(polled_sources)},
      matched_{std::move(matched_sources)},
      identities_{0, position_hash{this}, position_equal{this}}
{
}

std::size_t ledger::position_hash::operator()(const event_id& id) const noexcept
{
    std::size_t hash;  // the id is a SHA-256 already
    std::memcpy(&hash, id.bytes.data(), sizeof hash);
    return hash;
}

std::size_t ledger::position_hash::operator()(std::uint32_t position) const noexcept
{
    std::size_t hash;
    std::memcpy(&hash, of->at(position).id.data(), sizeof hash);
    return hash;
}

bool ledger::position_equal::operator()(const event_id& id, std::uint32_t position) const noexcept
{
    return std::memcmp(id.bytes.data(), of->at(position).id.data(), id.bytes.size()) == 0;
}

const ledger::slot& ledger::at(std::uint32_t position) const noexcept
{
    const log& in = logs_[position & 1U];
    return in.slots[((position >> 1) - in.first) & 0x7fffffffU];
}

ledger::slot& ledger::at(std::uint32_t position) noexcept
{
    log& in = logs_[position & 1U];
    return in.slots[((position >> 1) - in.first) & 0x7fffffffU];
}

std::optional<way> ledger::first_way(const event_id& id) const
{
    const auto it = identities_.find(id);
    if (it == identities_.end())
        return std::nullopt;
    return static_cast<way>(at(*it).meeting_and_way & ((1U << way_bits) - 1));
}

std::uint32_t ledger::content_of(const event_id& id) const
{
    const auto it = identities_.find(id);
    return it == identities_.end() ? 0 : at(*it).content;
}

void ledger::note_content(const event_id& id, std::uint32_t content)
{
    if (const auto it = identities_.find(id); it != identities_.end() && at(*it).content == 0)
        at(*it).content = content;
}

const ledger::meeting* ledger::find(std::string_view source, std::string_view id) const
{
    const auto it = handles_.find(meeting_key(source, id));
    return it == handles_.end() ? nullptr : &meetings_[it->second];
}

ledger::handle ledger::find_or_add(std::string_view source, std::string_view id)
{
    const std::string_view key = meeting_key(source, id);
    const auto it = handles_.find(key);
    if (it != handles_.end())
        return it->second;
    handle which = static_cast<handle>(meetings_.size());
    if (free_.empty()) {
        meetings_.emplace_back();
    } else {
        which = free_.back();
        free_.pop_back();
    }
    meetings_[which].key = key;
    handles_.emplace(meetings_[which].key, which);
    return which;
}

void ledger::remove(handle which)
{
    meeting& m = meetings_[which];
    unlist_ending(which, m);
    handles_.erase(std::string_view{m.key});
    m = meeting{};
    free_.push_back(which);
}

// Remembers how the meeting stood, once per transaction.
void ledger::touch(handle which, meeting& m)
{
    if (m.touched)
        return;
    m.touched = true;
    undo before{
        .which = which,
        .last_sequence = m.last_sequence,
        .settled_at = m.settled_at,
        .details = {},
        .likes = m.likes.size(),
        .downloaded = m.downloaded,
        .latest = {},
        .end = {},
        .end_published_at = {}};
    if (m.open) {
        for (std::size_t c = 0; c < channels; ++c)
            before.details[c] = m.open->details[c].size();
        before.latest = m.open->latest;
        before.end = m.open->end;
        before.end_published_at = m.open->end_published_at;
    }
    undo_.push_back(std::move(before));
}

void ledger::list_ending(handle which, meeting& m)
{
    unlist_ending(which, m);
    if (!m.open || m.settled_at != timestamp{})
        return;
    if (const auto& end = m.open->end) {
        const auto at = settles_by_sweep(m) ? m.open->end_published_at : end->received_at;
        list_of(m).emplace(at, which);
        m.listed_at = at;
    }
}

void ledger::unlist_ending(handle which, meeting& m)
{
    if (const auto& at = m.listed_at)
        list_of(m).erase({*at, which});
    m.listed_at.reset();
}

void ledger::record(const ledger_entry& message)
{
    const channel in = channel_of(message.kind);
    log& to = logs_[index(in)];
    ledger_entry entry =
        message;  // publishers' clocks may differ; within a topic time does not go back
    if (!to.batches.empty())
        entry.published_at = std::max(entry.published_at, to.batches.back().published_at);
    if (identities_.contains(entry.id))
        return;
    const handle which = find_or_add(entry.source, entry.meeting);
    meeting& m = meetings_[which];
    touch(which, m);

    slot s;
    std::memcpy(s.id.data(), entry.id.bytes.data(), entry.id.bytes.size());
    s.content = entry.content;
    s.meeting_and_way = which << way_bits | static_cast<std::uint32_t>(entry.via);
    if (to.batches.empty() || to.batches.back().published_at < entry.published_at)
        to.batches.push_back({entry.published_at, 0});
    ++to.batches.back().slots;
    const auto place = (to.first + static_cast<std::uint32_t>(to.slots.size())) & 0x7fffffffU;
    to.slots.push_back(s);
    ++to.uncommitted;
    identities_.insert(make_position(in, place));

    ++m.alive[index(in)];
    m.last_sequence[index(in)] = std::max(m.last_sequence[index(in)], entry.sequence);
    const bool settled_before =
        m.settled_at != timestamp{} && entry.published_at <= m.settled_at && !keeps_likes(m);
    if (entry.alike != 0 && !settled_before) {
        m.likes.push_back(
            {entry.id, entry.alike, entry.occurred_at, entry.published_at, entry.via, entry.kind}
        );
        m.downloaded += entry.via == way::download ? 1 : 0;
    }
    if (entry.kind == kind::meeting_settled) {
        unlist_ending(which, m);
        m.settled_at = entry.published_at;
    } else if (m.settled_at == timestamp{} || entry.published_at > m.settled_at) {
        add_detail(m, which, entry);
    }
}

std::uint32_t ledger::open_part::number_of(std::string_view participant)
{
    if (const auto known = participant_numbers.find(participant);
        known != participant_numbers.end())
        return known->second;
    const auto number = static_cast<std::uint32_t>(participants.size());
    participants.emplace_back(participant);
    participant_numbers.emplace(participant, number);
    return number;
}

void ledger::add_detail(meeting& m, handle which, const ledger_entry& entry)
{
    if (!m.open)
        m.open = std::make_unique<open_part>();
    open_part& open = *m.open;
    detail d{
        .occurred_at = entry.occurred_at,
        .published_at = entry.published_at,
        .participant = no_participant,
        .alias = no_participant,
        .kind = entry.kind,
        .via = entry.via,
        .occurrence = entry.occurrence,
        .stands_in = entry.stands_in,
        .facts = {}};
    if (!entry.participant.empty())
        d.participant = open.number_of(entry.participant);
    if (!entry.alias.empty())
        d.alias = open.number_of(entry.alias);
    if (entry.kind == kind::participant_joined)
        d.facts = entry.facts;
    open.details[index(channel_of(entry.kind))].push_back(std::move(d));
    open.latest = std::max(open.latest.value_or(entry.occurred_at), entry.occurred_at);
    if (entry.kind == kind::meeting_ended) {
        unlist_ending(which, m);
        open.end = ending{
            entry.occurred_at,
            entry.received_at,
            std::string{entry.provider},
            std::string{entry.meeting_facts}};
        open.end_published_at = entry.published_at;
        list_ending(which, m);
    }
}

void ledger::commit()
{
    for (auto& l : logs_)
        l.uncommitted = 0;
    for (const auto& before : undo_) {
        meeting& m = meetings_[before.which];
        m.touched = false;
        if (m.settled_at == timestamp{})
            continue;
        drop_details_before(before.which, m, m.settled_at);
        if (!keeps_likes(m))
            drop_likes_before(m, m.settled_at);
    }
    undo_.clear();
}

void ledger::rollback()
{
    for (std::size_t c = 0; c < channels; ++c) {
        log& l = logs_[c];
        for (; l.uncommitted > 0; --l.uncommitted) {
            const auto place =
                (l.first + static_cast<std::uint32_t>(l.slots.size()) - 1) & 0x7fffffffU;
            const handle which = l.slots.back().meeting_and_way >> way_bits;
            identities_.erase(make_position(static_cast<channel>(c), place));
            --meetings_[which].alive[c];
            l.slots.pop_back();
            if (--l.batches.back().slots == 0)
                l.batches.pop_back();
        }
    }
    for (auto& before : undo_) {
        meeting& m = meetings_[before.which];
        m.touched = false;
        if (m.alive[0] == 0 && m.alive[1] == 0) {
            remove(before.which);
            continue;
        }
        unlist_ending(before.which, m);
        m.last_sequence = before.last_sequence;
        m.settled_at = before.settled_at;
        m.likes.resize(before.likes);
        m.downloaded = before.downloaded;
        if (m.open) {
            for (std::size_t c = 0; c < channels; ++c)
                m.open->details[c].resize(before.details[c]);
            m.open->latest = before.latest;
            m.open->end = std::move(before.end);
            m.open->end_published_at = before.end_published_at;
            if (m.open->details[0].empty() && m.open->details[1].empty())
                m.open.reset();
        }
        list_ending(before.which, m);
    }
    undo_.clear();
}

bool ledger::keeps_likes(const meeting& m) const
{
    return matched_.contains(std::string_view{m.key}.substr(0, m.key.find('\0')));
}

void ledger::drop_likes_before(meeting& m, timestamp cutoff)
{
    std::erase_if(m.likes, [&](const like_event& each) { return each.published_at < cutoff; });
    m.downloaded =
        static_cast<std::size_t>(std::ranges::count(m.likes, way::download, &like_event::via));
    if (m.likes.empty())
        m.likes.shrink_to_fit();
}

void ledger::drop_details_before(handle which, meeting& m, timestamp cutoff)
{
    if (!m.open)
        return;
    open_part& open = *m.open;
    bool dropped = false;
    for (auto& details : open.details) {
        const auto keep = std::ranges::find_if(details, [&](const detail& d) {
            return d.published_at >= cutoff;
        });
        dropped = dropped || keep != details.begin();
        details.erase(details.begin(), keep);
    }
    if (open.end && open.end_published_at < cutoff) {
        unlist_ending(which, m);
        open.end.reset();
    }
    if (open.details[0].empty() && open.details[1].empty()) {
        unlist_ending(which, m);
        m.open.reset();
    } else if (dropped) {
        find_latest(open);
    }
}

void ledger::find_latest(open_part& open)
{
    open.latest.reset();
    for (const auto& details : open.details)
        for (const auto& d : details)
            open.latest = std::max(open.latest.value_or(d.occurred_at), d.occurred_at);
}

void ledger::forget(timestamp cutoff)
{
    assert(undo_.empty());
    std::vector<handle> shrunk;
    for (std::size_t c = 0; c < channels; ++c) {
        log& l = logs_[c];
        while (!l.batches.empty() && l.batches.front().published_at < cutoff) {
            for (; l.batches.front().slots > 0; --l.batches.front().slots) {
                const handle which = l.slots.front().meeting_and_way >> way_bits;
                identities_.erase(make_position(static_cast<channel>(c), l.first));
                l.slots.pop_front();
                l.first = (l.first + 1) & 0x7fffffffU;
                if (--meetings_[which].alive[c] == 0)
                    meetings_[which].last_sequence[c] = 0;
                if (shrunk.empty() || shrunk.back() != which)
                    shrunk.push_back(which);
            }
            l.batches.pop_front();
        }
    }
    std::ranges::sort(shrunk);
    shrunk.erase(std::ranges::unique(shrunk).begin(), shrunk.end());
    for (const handle which : shrunk) {
        meeting& m = meetings_[which];
        if (m.alive[0] == 0 && m.alive[1] == 0) {
            remove(which);
            continue;
        }
        if (m.settled_at != timestamp{} && m.settled_at < cutoff)
            m.settled_at = timestamp{};
        drop_details_before(which, m, cutoff);
        drop_likes_before(m, cutoff);
        list_ending(which, m);
    }
}

timestamp ledger::latest_publication() const
{
    timestamp latest{};
    for (const auto& l : logs_)
        if (!l.batches.empty())
            latest = std::max(latest, l.batches.back().published_at);
    return latest;
}

// In the order of their identities: the two topics are read back in any order.

}  // namespace rollcall
