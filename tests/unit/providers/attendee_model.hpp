#pragma once

#include "providers/polling.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::test {

/// A row of a list of Attendee's, with what the server knows of it and does not tell.
struct model_row {
    std::string id;
    timestamp at;                  ///< `timestamp_ms`
    std::int64_t inserted_us = 0;  ///< by the server's clock, microseconds since 1970
    timestamp visible;             ///< from when on a request finds it, by the true time
    std::string body;
};

struct model_bot {
    std::string id;
    std::int64_t inserted_us = 0;
    timestamp visible;
    /// When it is in which state, by the true time; `type` is the event that led there.
    struct change {
        timestamp at;
        std::string state, type;
    };
    std::vector<change> changes;
    std::vector<model_row> events, chat;
};

/// Attendee's REST side as Django REST framework's cursor pagination makes it: 25 rows a page,
/// filters by insertion time, cursors that count among rows of equal insertion time, and no order
/// among those: which of them a query returns first depends on the query, always in the same way.
class attendee_model {
public:
    std::vector<model_bot> bots;
    milliseconds clock_offset{0};  ///< the server's clock is ahead by that
    std::uint64_t requests = 0;

    /// The answer at that (true) time.
    poll_response get(std::string_view target, timestamp now);

private:
    // Views into the rows, or into what was made for the request.
    struct listed {
        std::string_view id;
        std::int64_t inserted_us = 0;
        std::string_view body;
    };
    using parameters = std::multimap<std::string, std::string>;

    poll_response list(
        std::vector<listed> all,
        const std::string& path,
        const parameters& given,
        std::string_view after
    ) const;
};

/// `2026-08-14 09:02:11.911120+00:00`, as the server prints an insertion time.
std::string python_time(std::int64_t us);

/// The body of a participant event.
std::string event_row(std::string_view id, std::string_view type, timestamp at);
std::string chat_row(std::string_view id, std::string_view text, timestamp at);

/// The ids in a row, or in the rows of a page: the values of every `"id":"..."`.
std::string id_of_row(std::string_view row);

}  // namespace rollcall::test
