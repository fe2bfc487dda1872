#pragma once

#include "core/time.hpp"
#include "providers/json_tree.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::realtimekit {

/// A time of a REST row: RFC 3339 and nothing else. `bad` is set where there is a text that is
/// none; a member that is absent or null is no fault.
std::optional<timestamp> row_time(
    const json_tree& tree, const json_node& object, std::string_view key, bool& bad
);

/// A session as the API gives it.
struct session_facts {
    std::string id;
    std::string meeting;  ///< the permanent one; empty where it is not told
    bool over = false;
    std::optional<timestamp> started_at;
    std::optional<timestamp> ended_at;
    unsigned bad_times = 0;
};

/// `errc::missing_field` or `wrong_type` for what has no id, and what `json_tree::parse` says.
result<session_facts, fault> read_session(std::string_view body);

/// What tells one id, or one state of a row, from another in memory.
std::uint64_t digest(std::string_view text);

}  // namespace rollcall::realtimekit
