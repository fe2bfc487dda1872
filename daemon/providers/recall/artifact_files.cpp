#include "providers/recall/artifact_files.hpp"

#include "providers/timer.hpp"

namespace rollcall::recall {

void artifact_files::take_links(const artifact_facts& fresh, timestamp now)
{
    links_ = fresh;
    links_at_ = now;
}

bool artifact_files::has_fresh_links(timestamp now) const
{
    return links_at_ && !timer{*links_at_, link_life}.is_due(now);
}

void artifact_files::begin()
{
    current_ = artifact_file::events;
    events_read_ = false;
}

bool artifact_files::go_on(bool was_read)
{
    const auto next = after(was_read);
    events_read_ = events_read_ || (was_read && current() == artifact_file::events);
    current_ = next;
    return current_.has_value();
}

// Participants without their events would tell nothing: all would be late news.
std::optional<artifact_file> artifact_files::after(bool was_read) const
{
    if (current() == artifact_file::events && (events_read_ || was_read) &&
        !link_to(artifact_file::participants).empty())
        return artifact_file::participants;
    const bool has_timeline = with_timeline_ && !link_to(artifact_file::timeline).empty();
    if (current() != artifact_file::timeline && has_timeline)
        return artifact_file::timeline;
    return std::nullopt;
}

const std::string& artifact_files::link_to(artifact_file file) const
{
    switch (file) {
        case artifact_file::events:
            break;
        case artifact_file::participants:
            return links_.participants_url;
        case artifact_file::timeline:
            return links_.timeline_url;
    }
    return links_.events_url;
}

}  // namespace rollcall::recall
