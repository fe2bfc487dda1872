#include "kafka/positions.hpp"

#include <algorithm>

namespace rollcall {

void read_positions::open(std::string_view topic, std::int32_t partition, std::int64_t next)
{
    auto known = std::find_if(topics_.begin(), topics_.end(), [&](const topic_positions& one) {
        return one.name == topic;
    });
    if (known == topics_.end())
        known = topics_.insert(topics_.end(), topic_positions{std::string{topic}, {}});
    const auto index = static_cast<std::size_t>(partition);
    if (known->partitions.size() <= index)
        known->partitions.resize(index + 1);
    known->partitions[index] = {true, next};
}

void read_positions::close(std::string_view topic, std::int32_t partition)
{
    if (auto* at = find(topic, partition))
        at->open = false;
}

void read_positions::clear()
{
    topics_.clear();
}

read_position* read_positions::find(std::string_view topic, std::int32_t partition)
{
    for (auto& one : topics_)
        if (one.name == topic) {
            const auto index = static_cast<std::size_t>(partition);
            return index < one.partitions.size() ? &one.partitions[index] : nullptr;
        }
    return nullptr;
}

}  // namespace rollcall
