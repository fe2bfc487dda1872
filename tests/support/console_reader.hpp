#pragma once

#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::test {

/// A record as Kafka's own Java consumer printed it: bytes as they are in the topic.
struct console_record {
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    std::int64_t timestamp_ms = -1;
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<std::string> key;
    std::optional<std::string> value;

    /// The last value under `name`, or nothing.
    std::optional<std::string> header(std::string_view name) const;
    bool operator==(const console_record&) const = default;
};

/// Kafka's Java console consumer on one topic from its beginning, `read_committed`: a second
/// reader, which shares no code with ours. It takes about two seconds to start. One thread.
class console_reader {
public:
    console_reader(const std::string& bootstrap_servers, const std::string& topic);

    /// The next record; nothing where none comes within `timeout`. Throws `std::runtime_error`,
    /// with what it said, where the consumer has ended or prints what cannot be read.
    std::optional<console_record> next(milliseconds timeout);

    /// Reads until `enough` says so of all that this call has read; throws `std::runtime_error`
    /// where that is not so within `timeout`. For "and nothing more came": write a last record to
    /// every partition, and stop at those.
    using predicate = std::function<bool(const std::vector<console_record>&)>;
    std::vector<console_record> read_until(
        const predicate& enough, milliseconds timeout = milliseconds{60'000}
    );

private:
    temp_dir files_;
    process consumer_;
};

/// One line of the console consumer, in the form `console_reader` asks it for. Nothing where it is
/// not of that form.
std::optional<console_record> parse_console_line(std::string_view line);

}  // namespace rollcall::test
