#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

/// How far one partition has been read.
struct read_position {
    bool open = false;  ///< anything that comes from it is wanted
    std::int64_t next =
        0;  ///< the offset of the next record to hand out, or of the first after it that exists
};

/// The positions of a consumer's partitions, found without a look-up by hash: a consumer has a few
/// topics with partitions numbered from 0.
class read_positions {
public:
    /// The record at `next` is the first to come.
    void open(std::string_view topic, std::int32_t partition, std::int64_t next);
    void close(std::string_view topic, std::int32_t partition);
    void clear();

    /// Nothing where the partition was never opened. Valid until the next call of `open` or
    /// `clear`.
    read_position* find(std::string_view topic, std::int32_t partition);

private:
    struct topic_positions {
        std::string name;
        std::vector<read_position> partitions;
    };
    std::vector<topic_positions> topics_;
};

/// Whether a record at `offset` is a leftover from before the last seek. `high` is the end of the
/// log as far as it is known: a position behind it means that the log was cut or made anew, and
/// then what comes from its beginning is no leftover.
inline bool is_stale(const read_position& at, std::int64_t offset, std::int64_t high)
{
    return offset < at.next && at.next <= high;
}

}  // namespace rollcall
