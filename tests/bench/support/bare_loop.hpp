#pragma once

#include "kafka/connection.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace rollcall::bench {

/// What any exactly-once stage must do, and nothing else: consume a batch, produce it again to the
/// same partition of another topic, send the offsets, commit. The floor that the relay is held
/// against.
struct bare_loop {
    kafka_connection connection;
    std::string from;
    std::string to;
    std::string group;  ///< and transactional.id
    std::int32_t partitions = 1;
    std::size_t batch = 5'000;

    /// Works until `done(records so far)` is true, asked after every transaction and whenever
    /// nothing came for 100 ms. Calls `started` once the first record can come. Throws
    /// std::runtime_error on any error.
    void run(const std::function<void()>& started, const std::function<bool(std::int64_t)>& done)
        const;
};

}  // namespace rollcall::bench
