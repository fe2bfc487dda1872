#include "app/published_index.hpp"

#include "relay/message.hpp"
#include "relay/possible_ids.hpp"
#include "relay/published.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace rollcall {
namespace {

milliseconds distance(timestamp a, timestamp b)
{
    return std::chrono::abs(a - b);
}

// Whether a message that bears one of the event's ids is the event, by what the message carries.
// Of those that one key does not tell apart a webhook's digest does, as far as it is known; joins
// and leaves that are counted are the same at the same time, else only the roll knows.
bool is_surely(const event& told, const published_message& message)
{
    if (told.counts_occurrences)
        return told.occurred_at == message.occurred_at;
    return told.via != way::webhook || told.content == 0 || message.content == 0 ||
           told.content == message.content;
}

}  // namespace

std::optional<published_message> read_published(const consumed_record& record)
{
    const auto parts = parts_of(record);
    const auto read = rollcall::read(parts);
    if (!read)
        return std::nullopt;
    const auto& entry = read->entry;
    return published_message{
        .at = {std::string{record.topic()}, record.partition(), record.offset()},
        .published_at = record.at(),
        .id = entry.id,
        .source = std::string{entry.source},
        .meeting = std::string{entry.meeting},
        .kind = entry.kind,
        .participant = std::string{entry.participant},
        .occurred_at = entry.occurred_at,
        .via = entry.via,
        .sequence = entry.sequence,
        .late = record.header("rollcall-late") == "true",
        .intake = parse_intake_place(parts.intake),
        .content = entry.content,
        .alike = entry.alike,
        .alias = std::string{entry.alias}};
}

std::size_t published_index::hash::operator()(const event_id& id) const noexcept
{
    std::size_t first = 0;
    std::memcpy(&first, id.bytes.data(), sizeof first);
    return first;
}

void published_index::add(published_message message)
{
    const auto& kept = all_.emplace_back(std::move(message));
    by_id_.emplace(kept.id, &kept);
    if (kept.alike != 0)
        by_alike_.emplace(kept.alike, &kept);
    if (!kept.alias.empty())
        known_as_[{kept.source, kept.meeting, kept.alias}].insert(kept.participant);
}

std::vector<event_id> published_index::ids_of(const event& told) const
{
    std::vector<std::string> known_as;
    if (told.participant) {
        const auto it = known_as_.find({told.source, told.meeting.id, told.participant->id});
        if (it != known_as_.end())
            known_as.assign(it->second.begin(), it->second.end());
    }
    return possible_ids(told, known_as);
}

const published_message* published_index::find(const event_id& id) const
{
    const auto it = by_id_.find(id);
    return it == by_id_.end() ? nullptr : it->second;
}

std::vector<const published_message*> published_index::candidates(const event& told) const
{
    std::vector<const published_message*> found;
    for (const auto& id : ids_of(told))
        if (const auto* const message = find(id))
            found.push_back(message);
    return found;
}

// The nearest like event that was told the other way.
const published_message* published_index::match(const event& told) const
{
    const auto window = windows_.find(told.source);
    const auto alike = alike_of(told);
    if (window == windows_.end() || alike == 0)
        return nullptr;
    const published_message* nearest = nullptr;
    const auto [first, last] = by_alike_.equal_range(alike);
    for (auto it = first; it != last; ++it) {
        const auto& one = *it->second;
        if (one.via == told.via || distance(one.occurred_at, told.occurred_at) > window->second)
            continue;
        if (nearest == nullptr || distance(one.occurred_at, told.occurred_at) <
                                      distance(nearest->occurred_at, told.occurred_at))
            nearest = &one;
    }
    return nearest;
}

sighting published_index::find(const event& told, const intake_place& from) const
{
    using as = sighting::as;
    const auto found = candidates(told);
    const auto here = std::ranges::find_if(found, [&](const auto* one) {
        return one->intake == from && is_surely(told, *one);
    });
    if (here != found.end())
        return {as::itself, *here};
    const auto again =
        std::ranges::find_if(found, [&](const auto* one) { return is_surely(told, *one); });
    if (again != found.end())
        return {as::told_again, *again};
    if (const auto* const other = match(told))
        return {as::matched, other};
    if (found.empty())
        return {};
    return {as::perhaps, *std::ranges::min_element(found, {}, [&](const auto* one) {
                return distance(one->occurred_at, told.occurred_at);
            })};
}

}  // namespace rollcall
