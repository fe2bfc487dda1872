#pragma once

#include "core/event.hpp"
#include "core/time.hpp"
#include "providers/json_tree.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::recall {

// The objects of the API, as far as anything here hangs on them. Unknown members, nulls and codes
// that are not known are normal; `errc::missing_field`, `wrong_type` or `bad_time` with its place
// is what an object cannot do without.

enum class artifact_status : std::uint8_t {
    processing,  ///< also a code that is not known
    done,
    failed,
    deleted,
};

/// The participant events of one recording.
struct artifact_facts {
    std::string id;
    std::string recording;  ///< empty where it is not told
    artifact_status status = artifact_status::processing;
    std::optional<timestamp> updated_at;  ///< of the status
    std::optional<timestamp> created_at;
    /// Where its files are, as they stand; empty where there is none. They need no key, so they are
    /// kept nowhere and not logged.
    std::string events_url, participants_url, timeline_url;
    bool can_be_read() const { return status == artifact_status::done && !events_url.empty(); }
};
result<artifact_facts, fault> read_artifact(const json_tree& tree, const json_node& artifact);

/// A start or an end of a meeting, by whatever told it.
struct state_change {
    kind what{};
    timestamp at{};
    std::string_view type;  ///< the webhook's name for it
    std::string data;       ///< of the event
};

struct recording_facts {
    std::string id;
    std::string code;  ///< `processing`, `paused`, `done`, `failed`, ...; empty where none is told
    std::string sub_code;
    std::optional<timestamp> updated_at;  ///< of the status
    std::optional<timestamp> created_at, started_at, completed_at;
    std::optional<artifact_facts> artifact;
    bool is_over() const { return code == "done" || code == "failed"; }
};
/// `path`: the way to its members, with the dot.
result<recording_facts, fault> read_recording(
    const json_tree& tree, const json_node& recording, std::string_view path
);
/// Nothing where it has not begun, or is not over.
std::optional<state_change> start_of(const recording_facts& recording);
std::optional<state_change> end_of(const recording_facts& recording);

struct bot_facts {
    std::string id;
    /// Of one recording, by the bot's states.
    std::optional<state_change> started, ended;
    std::string code;      ///< of its latest state; empty where none is told
    bool is_over = false;  ///< for good
};
/// `recording`: the bot's only or latest one, null where it has none. A bot may begin to record
/// more than once in one recording, after a pause.
result<bot_facts, fault> read_bot(
    const json_tree& tree, const json_node& bot, const json_node* recording
);

/// The bot's only or latest recording; null where it has none.
const json_node* latest_recording(const json_tree& tree, const json_node& bot);

// What of an object is stored: without links (`item`).

std::string stored_artifact(const json_tree& tree, const json_node& artifact);
std::string stored_recording(const json_tree& tree, const json_node& recording);
std::string stored_bot(const json_tree& tree, const json_node& bot, const json_node& recording);

}  // namespace rollcall::recall
