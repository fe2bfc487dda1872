#pragma once

#include "providers/json_tree.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::recall {

/// What is written into an artifact's metadata once its meeting has settled, by key: texts in which
/// `{source}`, `{meeting}`, `{participants}`, `{events}`, `{recovered}`, `{derived}` and
/// `{settled_at}` stand for what is known of it.
using mark_templates = std::map<std::string, std::string>;

/// What is known of a settled meeting.
struct settled_facts {
    std::string source, meeting;
    /// Absent: it has settled, but Rollcall was restarted before it could be said how.
    std::optional<std::uint64_t> participants, events, recovered, derived;
    std::string settled_at;  ///< RFC 3339; empty as above
};

/// Reads them from what a settling told, `{"source":...,"at":...,"participants":...}`; what is not
/// in it is unknown.
settled_facts read_settled(std::string_view told, std::string_view meeting);

/// A template with the facts in their places; `unknown` for one that is not. Braces around anything
/// else stand for themselves.
std::string filled(std::string_view text, const settled_facts& with);

/// The body of the PATCH: all of the metadata the artifact has, with ours. Whether a PATCH merges
/// or replaces is nowhere written down, and does not matter so. Nothing where all of ours is there.
std::optional<std::string> marking_body(
    const json_tree& tree,
    const json_node& artifact,
    const mark_templates& marks,
    const settled_facts& with
);

}  // namespace rollcall::recall
