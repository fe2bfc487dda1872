#pragma once

#include "core/time.hpp"
#include "providers/recall/download.hpp"
#include "providers/recall/objects.hpp"

#include <optional>
#include <string>

namespace rollcall::recall {

/// The files of one artifact, with the links to them, and which of them is read now: all
/// participants' events, then the participants, then the speaker timeline where that is wanted.
class artifact_files {
public:
    /// A link may be used for so long after it was fetched.
    static constexpr milliseconds link_life = std::chrono::minutes{1};

    explicit artifact_files(bool with_timeline) : with_timeline_{with_timeline} {}

    void take_links(const artifact_facts& fresh, timestamp now);
    /// A link has failed: none is used again.
    void drop_links() { links_at_.reset(); }
    bool has_fresh_links(timestamp now) const;
    /// Whether the artifact of these links is there to be read.
    bool can_be_read() const { return links_.can_be_read(); }

    /// From the events on.
    void begin();
    /// From one file to the next; false where there is none. `was_read`: the one before, whole.
    bool go_on(bool was_read);
    /// Whether nothing would follow.
    bool is_last(bool was_read) const { return !after(was_read); }

    /// The one that is read; not before `begin`, nor after the last.
    artifact_file current() const { return *current_; }
    /// Empty where the artifact does not have that file.
    const std::string& link() const { return link_to(current()); }

private:
    std::optional<artifact_file> after(bool was_read) const;
    const std::string& link_to(artifact_file file) const;

    bool with_timeline_;
    artifact_facts links_;
    std::optional<timestamp> links_at_;  // when these were fetched
    std::optional<artifact_file> current_;
    bool events_read_ = false;  // whole
};

}  // namespace rollcall::recall
