#pragma once

#include "core/intake_record.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace rollcall {

inline constexpr std::int32_t any_partition = -1;  ///< the partitioner (`murmur2_random`) chooses

/// A place in a topic; as a position, the offset of the next record to read.
struct topic_partition {
    std::string topic;
    std::int32_t partition = any_partition;
    std::int64_t offset = -1;
    auto operator<=>(const topic_partition&) const = default;
};

/// A record to be written. Everything is copied before the call that takes it returns.
struct outgoing_record {
    std::string_view topic;
    std::int32_t partition = any_partition;
    std::optional<std::string_view> key;
    std::optional<std::string_view> value;  ///< absent: a tombstone
    const headers* with = nullptr;
    std::optional<timestamp> at;  ///< the Kafka timestamp; the time of the call where absent
};

/// A record that was read; owns librdkafka's message. Views live as long as it does.
class consumed_record {
public:
    explicit consumed_record(void* message
    ) noexcept;  ///< an `rd_kafka_message_t*`, owned from here on
    consumed_record(consumed_record&&) noexcept = default;
    consumed_record& operator=(consumed_record&&) noexcept = default;

    std::string_view topic() const;
    std::int32_t partition() const;
    std::int64_t offset() const;
    std::string_view key() const;
    std::string_view value() const;
    bool is_tombstone() const;  ///< there is no value, which is not the same as an empty one
    timestamp at() const;       ///< the Kafka timestamp

    /// The last value under `name`, or an empty view.
    std::string_view header(const char* name) const;
    headers all_headers() const;
    /// Calls `each(name, value)` for every header, in order, with views; copies nothing.
    template <class Each>
    void for_each_header(Each&& each) const
    {
        visit_headers(
            [](void* context, std::string_view name, std::string_view value) {
                (*static_cast<std::remove_reference_t<Each>*>(context))(name, value);
            },
            &each
        );
    }

private:
    void visit_headers(void (*each)(void*, std::string_view, std::string_view), void* context)
        const;

    struct destroy {
        void operator()(void* message) const noexcept;
    };
    std::unique_ptr<void, destroy> message_;
};

/// The reader stands behind the last record it may see (for `read_committed`: the last stable one).
/// `offset` is the offset of the next record to come.
struct end_of_partition {
    std::string topic;
    std::int32_t partition = any_partition;
    std::int64_t offset = -1;
};

/// What one call of `poll` brought: nothing in time, a record, the end of a partition, or an error.
using polled = std::variant<std::monostate, consumed_record, end_of_partition, error_code>;

}  // namespace rollcall
