#pragma once

#include <cstdint>
#include <string_view>

namespace rollcall {

/// The partition `murmur2_random`, and Java's default, choose for a record with this key. Any
/// thread.
std::int32_t partition_of(std::string_view key, std::int32_t partitions);

}  // namespace rollcall
