#pragma once

#include "providers/event_mapping.hpp"
#include "providers/provider.hpp"
#include "providers/standard_webhooks/event_view.hpp"

namespace rollcall::standard_webhooks {

/// Reads one event of a body into `into`, as the mapping says it is to be read.
result<void, fault> read_event(
    event_view& into, std::string_view body, const headers& with, const event_mapping& by
);

/// The meeting that an event which was read is about; empty where it is of no interest, or does not
/// tell.
std::string meeting_of(const event_view& event, const event_mapping& by);

/// The events of a batch, all of them readable: one that is not spoils the whole, and is named
/// first in `where`, as `/3/type`. Otherwise as of `split_batch`.
struct batched_event {
    std::string_view body;
    std::string meeting;  ///< as of `meeting_of`
};
result<std::vector<batched_event>, fault> read_batch(
    std::string_view body, const event_mapping& by
);

/// The one event of a record, by the mapping. `where` of a fault is the JSON Pointer to what is
/// wrong or missing, or the header.
result<normalised, fault> normalise(const intake_record& record, const event_mapping& by);

}  // namespace rollcall::standard_webhooks
