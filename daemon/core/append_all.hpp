#pragma once

#include "core/journal.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <vector>

namespace rollcall {

/// What came of records that were appended together.
struct appended {
    /// None if every one is durable. Of several one that concerns the journal goes before one that
    /// concerns a record.
    error_code error;
    std::size_t stored = 0;            ///< how many are durable
    std::vector<std::size_t> refused;  ///< which records the journal will not take as they are
};

/// Appends the records in their order, without waiting for one before the next is handed over, and
/// completes when all have been reported on. Cannot be cancelled; bounded by the journal's
/// time-out. On an executor of one thread. `to` outlives it.
boost::asio::awaitable<appended> append_all(journal& to, std::vector<intake_record> records);

}  // namespace rollcall
