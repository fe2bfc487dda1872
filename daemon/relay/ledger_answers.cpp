// Of a ledger: what it knows of a meeting.
#include "relay/ledger.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <tuple>

namespace rollcall {
namespace {

bool is_presence(kind k)
{
    return k == kind::participant_joined || k == kind::participant_left;
}

}  // namespace

bool ledger::knows_meeting(std::string_view source, std::string_view id) const
{
    return find(source, id) != nullptr;
}

std::uint64_t ledger::last_sequence(std::string_view source, std::string_view id, channel in) const
{
    const meeting* m = find(source, id);
    return m ? m->last_sequence[index(in)] : 0;
}

bool ledger::remembers_all(std::string_view source, std::string_view id, channel in) const
{
    const meeting* m = find(source, id);
    return m && m->alive[index(in)] > 0 && m->alive[index(in)] == m->last_sequence[index(in)];
}

bool ledger::is_settled(std::string_view source, std::string_view id) const
{
    const meeting* m = find(source, id);
    return m && m->settled_at != timestamp{};
}

std::optional<timestamp> ledger::latest(std::string_view source, std::string_view id) const
{
    const meeting* m = find(source, id);
    return m && m->open ? m->open->latest : std::nullopt;
}

bool ledger::is_in(
    std::string_view source, std::string_view id, std::string_view participant, timestamp at_time
) const
{
    const meeting* m = find(source, id);
    if (!m || !m->open)
        return false;
    const auto number = m->open->participant_numbers.find(participant);
    if (number == m->open->participant_numbers.end())
        return false;
    const detail* last = nullptr;
    for (const auto& d : m->open->details[index(channel::attendance)]) {
        if (d.participant != number->second || !is_presence(d.kind) || d.occurred_at > at_time)
            continue;
        if (!last || std::pair{last->occurred_at, rank(last->kind)} <=
                         std::pair{d.occurred_at, rank(d.kind)})
            last = &d;
    }
    return last && last->kind == kind::participant_joined;
}

std::vector<ledger::present> ledger::who_is_in(std::string_view source, std::string_view id) const
{
    const meeting* m = find(source, id);
    if (!m || !m->open)
        return {};
    std::map<std::string_view, const detail*> last;
    for (const auto& d : m->open->details[index(channel::attendance)]) {
        if (d.participant == no_participant || !is_presence(d.kind))
            continue;
        auto& held = last[m->open->participants[d.participant]];
        if (!held || std::pair{held->occurred_at, rank(held->kind)} <=
                         std::pair{d.occurred_at, rank(d.kind)})
            held = &d;
    }
    std::vector<present> in;
    for (const auto& [participant, d] : last)
        if (d->kind == kind::participant_joined)
            in.push_back({std::string{participant}, d->facts, d->occurred_at});
    return in;
}

std::vector<presence_change> ledger::comings_and_goings(
    std::string_view source, std::string_view id, std::string_view participant
) const
{
    std::vector<presence_change> known;
    const meeting* m = find(source, id);
    if (!m || !m->open)
        return known;
    const auto number = m->open->participant_numbers.find(participant);
    if (number == m->open->participant_numbers.end())
        return known;
    for (const auto& d : m->open->details[index(channel::attendance)])
        if (d.participant == number->second && is_presence(d.kind) && d.via != way::derived)
            known.push_back({d.kind, d.occurred_at, d.occurrence, d.via == way::poll});
    return known;
}

std::optional<std::string> ledger::known_as(
    std::string_view source, std::string_view id, std::string_view participant
) const
{
    const meeting* m = find(source, id);
    if (!m || !m->open)
        return std::nullopt;
    const auto number = m->open->participant_numbers.find(participant);
    if (number == m->open->participant_numbers.end())
        return std::nullopt;
    const detail* other = nullptr;
    for (const auto& details : m->open->details)
        for (const auto& d : details) {
            if (d.participant == number->second)
                return std::string{participant};
            if (d.alias == number->second)
                other = &d;
        }
    return other ? std::optional{m->open->participants[other->participant]} : std::nullopt;
}

ledger::tally ledger::count(std::string_view source, std::string_view id) const
{
    tally sum;
    const meeting* m = find(source, id);
    if (!m || !m->open)
        return sum;
    std::vector<bool> seen(m->open->participants.size());
    for (const auto& details : m->open->details) {
        for (const auto& d : details) {
            if (d.participant != no_participant && !seen[d.participant]) {
                seen[d.participant] = true;
                ++sum.participants;
            }
            ++(d.via == way::derived ? sum.derived : sum.events);
            if (d.via == way::poll || d.via == way::download)
                ++sum.recovered;
        }
    }
    return sum;
}

std::span<const like_event> ledger::likes(std::string_view source, std::string_view id) const
{
    const meeting* m = find(source, id);
    return m ? std::span{m->likes} : std::span<const like_event>{};
}

bool ledger::has_downloaded(std::string_view source, std::string_view id) const
{
    const meeting* m = find(source, id);
    return m != nullptr && m->downloaded > 0;
}

std::set<std::string, std::less<>> ledger::speakers(std::string_view source, std::string_view id)
    const
{
    std::set<std::string, std::less<>> found;
    const meeting* m = find(source, id);
    if (!m || !m->open)
        return found;
    for (const auto& d : m->open->details[index(channel::activity)])
        if (is_speech(d.kind) && !d.stands_in && d.participant != no_participant)
            found.insert(m->open->participants[d.participant]);
    return found;
}

std::optional<ledger::unsettled> ledger::first_ending() const
{
    if (endings_.empty())
        return std::nullopt;
    return name_of(meetings_[endings_.begin()->second]);
}

ledger::unsettled ledger::name_of(const meeting& m)
{
    const auto zero = m.key.find('\0');
    return {m.key.substr(0, zero), m.key.substr(zero + 1)};
}

std::vector<ledger::unsettled> ledger::awaiting_sweep() const
{
    std::vector<unsettled> found;
    found.reserve(unswept_.size());
    for (const auto& [published_at, which] : unswept_)
        found.push_back(name_of(meetings_[which]));
    return found;
}

std::optional<ledger::unsettled> ledger::first_unswept() const
{
    if (unswept_.empty())
        return std::nullopt;
    return name_of(meetings_[unswept_.begin()->second]);
}

std::optional<timestamp> ledger::first_unswept_published() const
{
    if (unswept_.empty())
        return std::nullopt;
    return unswept_.begin()->first;
}

bool ledger::settles_by_sweep(const meeting& m) const
{
    return polled_.contains(std::string_view{m.key}.substr(0, m.key.find('\0')));
}

std::optional<timestamp> ledger::first_ending_received() const
{
    if (endings_.empty())
        return std::nullopt;
    return endings_.begin()->first;
}

std::optional<ledger::ending> ledger::end_of(std::string_view source, std::string_view id) const
{
    const meeting* m = find(source, id);
    return m && m->open ? m->open->end : std::nullopt;
}

std::size_t ledger::bytes() const
{
    // Boost's open addressing has 16 bytes beside each 15 places.
    const auto places = [](std::size_t count, std::size_t size) {
        return count * size + count / 15 * 16;
    };
    std::size_t sum = places(identities_.bucket_count(), sizeof(std::uint32_t)) +
                      places(handles_.bucket_count(), sizeof(std::string_view) + sizeof(handle)) +
                      meetings_.size() * sizeof(meeting);
    for (const auto& of : logs_)
        sum += of.slots.size() * sizeof(slot) + of.batches.size() * sizeof(batch);
    return sum;
}

std::string ledger::describe_likes(const meeting& m)
{
    std::set<std::string> lines;
    for (const auto& each : m.likes)
        lines.insert(
            to_hex(each.id) + ' ' + std::to_string(each.alike) + ' ' +
            std::to_string(each.occurred_at.time_since_epoch().count()) + ' ' +
            std::string{to_string(each.via)}
        );
    std::string text;
    for (const auto& line : lines)
        text += "\n  like " + line;
    return text;
}

std::string ledger::describe() const
{
    std::map<std::string, std::string> lines;
    for (const auto& [key, which] : handles_) {
        const meeting& m = meetings_[which];
        std::ostringstream out;
        const auto zero = key.find('\0');
        out << key.substr(0, zero) << '/' << key.substr(zero + 1);
        for (std::size_t c = 0; c < channels; ++c)
            out << ' ' << m.alive[c] << '@' << m.last_sequence[c];
        if (m.settled_at != timestamp{})
            out << " settled=" << m.settled_at.time_since_epoch().count();
        if (m.open) {
            if (m.open->latest)
                out << " latest=" << m.open->latest->time_since_epoch().count();
            if (m.open->end)
                out << " ended=" << m.open->end->occurred_at.time_since_epoch().count() << ','
                    << m.open->end->received_at.time_since_epoch().count() << ','
                    << m.open->end->provider << ',' << m.open->end->meeting_facts;
            for (const auto& details : m.open->details)
                for (const auto& d : details)
                    out << "\n  " << to_string(d.kind) << ' ' << to_string(d.via) << ' '
                        << d.occurred_at.time_since_epoch().count() << ' '
                        << d.published_at.time_since_epoch().count() << ' '
                        << (d.participant == no_participant ? "-"
                                                            : m.open->participants[d.participant])
                        << (d.alias == no_participant ? "" : " or " + m.open->participants[d.alias])
                        << ' ' << d.occurrence << (d.stands_in ? " stands in " : " ") << d.facts;
        }
        out << describe_likes(m);
        lines.emplace(key, out.str());
    }
    for (std::size_t c = 0; c < channels; ++c) {
        std::size_t i = 0;
        for (const auto& b : logs_[c].batches) {
            for (std::uint32_t n = 0; n < b.slots; ++n, ++i) {
                const slot& s = logs_[c].slots[i];
                event_id id;
                std::memcpy(id.bytes.data(), s.id.data(), id.bytes.size());
                const meeting& m = meetings_[s.meeting_and_way >> way_bits];
                // What a webhook says of a download's is noted, and not restored.
                const bool told = static_cast<way>(s.meeting_and_way & 3U) == way::webhook;
                lines[m.key] += "\n  " + to_hex(id) + ' ' + std::to_string(told ? s.content : 0) +
                                ' ' +
                                std::string{to_string(static_cast<way>(s.meeting_and_way & 3U))} +
                                ' ' + std::to_string(b.published_at.time_since_epoch().count());
            }
        }
    }
    std::string text;
    for (const auto& [key, line] : lines)
        text += line + '\n';
    return text;
}

}  // namespace rollcall
