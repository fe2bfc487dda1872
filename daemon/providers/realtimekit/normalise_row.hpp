#pragma once

#include "providers/json_tree.hpp"
#include "providers/provider.hpp"

namespace rollcall::realtimekit {

/// The events of a row that was polled; `tree` is its body's. A participant's row gives its peer
/// events, each with both ids of the peer where they differ; a session's its start and its end.
result<normalised, fault> normalise_row(const intake_record& record, const json_tree& tree);

}  // namespace rollcall::realtimekit
