#pragma once

#include "providers/polling.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::test {

// What RealtimeKit's API answers, written by hand: as little as there may be.

inline std::string kit_event(
    std::string_view name, std::string_view at, std::string_view peer, std::string_view id = "e"
)
{
    return std::string{R"({"id":")"}
        .append(id)
        .append(R"(","event_name":")")
        .append(name)
        .append(R"(","created_at":")")
        .append(at)
        .append(R"(","peer_id":")")
        .append(peer)
        .append(R"("})");
}

/// `events`: separated by commas; `more`: members with a comma at the end.
inline std::string kit_row(std::string_view id, std::string_view events, std::string_view more = "")
{
    return std::string{R"({"id":")"}
        .append(id)
        .append(R"(",)")
        .append(more)
        .append(R"("peer_events":[)")
        .append(events)
        .append("]}");
}

inline std::string joined_row(std::string_view id, std::string_view at = "2026-08-14T09:00:00Z")
{
    return kit_row(id, kit_event("PEER_JOINING", at, id));
}

inline std::string kit_session(
    std::string_view id,
    std::string_view status = "LIVE",
    std::string_view started_at = "2026-08-14T09:00:00Z"
)
{
    std::string text{R"({"id":")"};
    text.append(id).append(R"(","associated_id":"room","status":")").append(status);
    text.append(R"(","started_at":")").append(started_at);
    if (status == "ENDED")
        text.append(R"(","ended_at":"2026-08-14T09:30:00Z)");
    return text += R"("})";
}

inline std::string joined_text(const std::vector<std::string>& all)
{
    std::string text;
    for (const auto& each : all)
        text.append(text.empty() ? "" : ",").append(each);
    return text;
}

inline std::string kit_list(
    std::string_view name, const std::vector<std::string>& rows, std::size_t total
)
{
    return std::string{R"({"success":true,"data":{")"}
        .append(name)
        .append("\":[")
        .append(joined_text(rows))
        .append(R"(]},"paging":{"start_offset":1,"total_count":)")
        .append(std::to_string(total))
        .append("}}");
}

inline std::string kit_participants(const std::vector<std::string>& rows)
{
    return kit_list("participants", rows, rows.size());
}
inline std::string kit_sessions(const std::vector<std::string>& rows)
{
    return kit_list("sessions", rows, rows.size());
}

/// The answer with one participant, or with one session.
inline std::string kit_participant(const std::string& row)
{
    return R"({"success":true,"data":{"participant":)" + row + "}}";
}
inline std::string kit_one(const std::string& session)
{
    return R"({"success":true,"data":)" + session + "}";
}

inline std::string bodies_of(const poll_outcome& outcome)
{
    std::string text;
    for (const auto& row : outcome.rows)
        text.append(text.empty() ? "" : "\n").append(row.item).append(" ").append(row.body);
    return text;
}

}  // namespace rollcall::test
