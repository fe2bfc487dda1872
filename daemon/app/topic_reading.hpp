#pragma once

#include "core/errors.hpp"
#include "core/time.hpp"
#include "kafka/partition_reader.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rollcall {

/// What a command reads of one topic: the records that were stored from `since` on and before
/// `until`, up to the end that there is when it begins.
struct topic_stretch {
    std::string topic;
    timestamp since{};
    std::optional<timestamp> until = {};
    std::optional<std::set<std::int32_t>> partitions = {};  ///< absent: all of them
};

/// Reads them, all stretches at once, in each partition's order, with a progress bar where somebody
/// waits for it. A `read_committed` reader waits for the transactions that are open at the end.
/// `errc::kafka_timed_out` where nothing comes for 20 s, which is longer than Kafka leaves a dead
/// daemon's transaction open by default; what else the reader says where Kafka refuses.
error_code read_stretches(
    partition_reader& reader,
    const std::vector<topic_stretch>& all,
    const std::function<void(const consumed_record&)>& take
);

}  // namespace rollcall
