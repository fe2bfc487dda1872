#include "verifier/partitioner.hpp"

namespace rollcall::test {
namespace {

/// MurmurHash2 as org.apache.kafka.common.utils.Utils.murmur2 has it.
std::uint32_t murmur2(std::string_view data)
{
    constexpr std::uint32_t m = 0x5bd1e995;
    constexpr int r = 24;
    auto h = 0x9747b28cU ^ static_cast<std::uint32_t>(data.size());
    const auto byte = [&](std::size_t i) {
        return std::uint32_t{static_cast<unsigned char>(data[i])};
    };
    std::size_t i = 0;
    for (; i + 4 <= data.size(); i += 4) {
        auto k = byte(i) | byte(i + 1) << 8U | byte(i + 2) << 16U | byte(i + 3) << 24U;
        k *= m;
        k ^= k >> r;
        k *= m;
        h = (h * m) ^ k;
    }
    const auto rest = data.size() - i;
    if (rest >= 3)
        h ^= byte(i + 2) << 16U;
    if (rest >= 2)
        h ^= byte(i + 1) << 8U;
    if (rest >= 1)
        h = (h ^ byte(i)) * m;
    h ^= h >> 13U;
    h *= m;
    return h ^ h >> 15U;
}

}  // namespace

std::int32_t java_partition(std::string_view key, std::int32_t partitions)
{
    return static_cast<std::int32_t>(murmur2(key) & 0x7fffffffU) % partitions;
}

}  // namespace rollcall::test
