#pragma once

#include "core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

// Who owns a partition of the intake polls what is tracked in it. The relay learns of ownership, of
// meetings and of their ends; the poller learns how far it has read. They tell each other by the
// two interfaces here, so that neither knows the other.

/// One polled object of a partition: a meeting, or a source's list of meetings.
struct tracked {
    std::string source;
    std::string meeting;  ///< empty: the source's list
    std::string state;    ///< `poll_plan::state`; empty: from the start

    bool operator==(const tracked&) const = default;
};

/// What an intake record tells about the meeting it belongs to, for whoever polls.
enum class tracking_sign : std::uint8_t {
    none,
    seen,        ///< it exists: poll it
    ended,       ///< it is over: sweep it
    swept,       ///< told by the poller through the intake: nothing is missing any more
    drop,        ///< told by a person: forget it
    sweep,       ///< told by a person: read it again from the start
    downloaded,  ///< told by the poller through the intake: a download's rows are all before this
};

std::string_view to_string(tracking_sign sign);
std::optional<tracking_sign> parse_tracking_sign(std::string_view name);

/// Polls. Called on the relay's thread; returns at once.
class tracking_follower {
public:
    virtual ~tracking_follower() = default;

    /// The partition is ours and restored, with what is tracked in it. `ticket` names this
    /// ownership; it grows from one to the next.
    virtual void on_owned(
        std::int32_t partition, std::uint64_t ticket, std::vector<tracked> known
    ) = 0;
    /// It is ours no more: nothing of it is asked for or stored after the requests in flight.
    virtual void on_given_up(std::int32_t partition) = 0;
    /// An intake record of the partition told this. `seen` of a meeting that is followed already
    /// does nothing.
    virtual void on_sign(
        std::int32_t partition,
        const std::string& source,
        const std::string& meeting,
        tracking_sign sign
    ) = 0;
    /// Everything of the meeting is published and committed, and its `meeting.settled`. `told`:
    /// a JSON object, as `poll_plan::on_settled` is given it.
    virtual void on_settled(
        std::int32_t /*partition*/,
        const std::string& /*source*/,
        const std::string& /*meeting*/,
        const std::string& /*told*/
    )
    {
    }
};

/// Keeps what is tracked in the tracking topic. Any thread; returns at once.
class tracking_store {
public:
    virtual ~tracking_store() = default;

    /// Written with the owner's next transaction, the last one given for an object; not at all once
    /// `ticket` is not the partition's any more: then its new owner goes on from what was written
    /// before.
    virtual void keep(std::int32_t partition, std::uint64_t ticket, tracked what) = 0;
    /// The object is not polled any more; its `state` does not count.
    virtual void forget(std::int32_t partition, std::uint64_t ticket, tracked what) = 0;
};

}  // namespace rollcall
