#pragma once

#include "core/errors.hpp"
#include "core/intake_record.hpp"

#include <boost/asio/awaitable.hpp>

namespace rollcall {

/// Where accepted payloads are stored before anybody is told that they are.
class journal {
public:
    virtual ~journal() = default;

    /// Completes on the caller's executor, without an error once the record is durable (Kafka has
    /// acknowledged it with `acks=all`), with `errc::overloaded`, `errc::kafka_timed_out`,
    /// `errc::kafka_rejected` or `errc::stopped` when it is not known to be. Bounded by the
    /// journal's own time-out. Any thread.
    virtual boost::asio::awaitable<error_code> append(intake_record record) = 0;
};

/// A journal that leaves the record with the caller, who may have to do something else with it.
class lending_journal : public journal {
public:
    /// As `append`. `record` outlives the call.
    virtual boost::asio::awaitable<error_code> append_copy(const intake_record& record) = 0;
};

}  // namespace rollcall
