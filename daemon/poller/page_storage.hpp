#pragma once

#include "core/journal.hpp"

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace rollcall {

/// Appends the records in their order, without waiting for one before the next is handed over, and
/// completes when all have been reported on: without an error if every one is durable. Of several
/// errors one that concerns the journal goes before one that concerns a record. Cannot be
/// cancelled; bounded by the journal's time-out. On an executor of one thread. `to` outlives it.
boost::asio::awaitable<error_code> append_all(journal& to, std::vector<intake_record> records);

}  // namespace rollcall
