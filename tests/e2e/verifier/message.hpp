#pragma once

#include "support/console_reader.hpp"

#include <rapidjson/document.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::test {

/// A published message, taken apart. Independent of the daemon's own reading of it.
struct message {
    const console_record* record = nullptr;
    std::string topic;  ///< `attendance` or `activity`
    rapidjson::Document value;

    std::string id;
    std::string kind;
    std::string meeting;
    std::string participant;  ///< empty where there is none
    std::string occurred_at;
    std::string received_at;
    bool derived = false;
    bool late = false;
    std::int64_t sequence = 0;
    std::int64_t intake_offset = -1;

    /// The text at a path such as `/participant/name`; nothing where it is null or missing.
    std::optional<std::string> text(const char* path) const;
    std::optional<std::int64_t> number(const char* path) const;
    std::string where() const;
};

/// Nothing where the value is not an object with the members every message has.
std::optional<message> read_message(const console_record& record, std::string topic);

/// RFC 3339 with three fraction digits, as messages have it. Throws `std::runtime_error` for
/// anything else.
std::chrono::sys_time<std::chrono::milliseconds> read_time(const std::string& text);

/// What is wrong with the message's headers and key, by design section 1; one line for each fault.
std::vector<std::string> header_faults(
    const message& of, const std::string& provider, const std::string& source
);

}  // namespace rollcall::test
