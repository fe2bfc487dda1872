#pragma once

#include "core/time.hpp"
#include "providers/list_walk.hpp"
#include "providers/polling.hpp"
#include "providers/recall/objects.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::recall {

/// An artifact of a list, with what is stored of it.
struct listed_artifact {
    artifact_facts facts;  ///< without an id where the row cannot be read
    std::string body;
};

/// Walks over `GET /api/v1/participant_events/`. The walk goes on to `next` as it stands, once its
/// host has been looked at.
class artifact_list {
public:
    struct page_of {
        std::vector<listed_artifact> artifacts;
        std::optional<std::string> next;
    };

    artifact_list(std::string base_url, std::size_t most_pages);

    /// Begins a walk over the artifacts that were made after that time, or over those of one
    /// recording.
    void start(timestamp after);
    void start(std::string_view recording);
    /// Goes on with a walk that an earlier one had got to `target` with.
    void resume(std::string target);
    /// From the first page.
    void restart();

    poll_request request() const;
    bool is_first() const { return walk_.cursor().empty(); }
    bool is_last() const { return walk_.is_last(); }
    std::size_t pages() const { return walk_.pages(); }
    /// Fails as `list_walk::read` does. A row that cannot be read is one without an id.
    result<page_of, fault> read(std::string_view body) const;
    void go_on(const std::string& next) { walk_.go_on(next); }

private:
    list_walk walk_;
    std::string first_;
};

}  // namespace rollcall::recall
