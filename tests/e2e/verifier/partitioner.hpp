#pragma once

#include <cstdint>
#include <string_view>

namespace rollcall::test {

/// The partition that Java's default partitioner gives a key: 32-bit Murmur2 with Kafka's seed,
/// without the sign.
std::int32_t java_partition(std::string_view key, std::int32_t partitions);

}  // namespace rollcall::test
