#pragma once

#include <string>

namespace rollcall::test {

inline const std::string recall_recording = "b3d0a6c8-52f1-4c9b-9a6e-0e3f4d7a1c55";
inline const std::string recall_artifact = "e9a4c7f0-1b2d-4e86-8f3a-6c5d9b0e7a21";
inline const std::string recall_bot = "7c1f3a52-9f0e-4f57-8a1d-2b7f7d0c9e14";

/// What an artifact of Recall.ai's says of itself, in the API's own form.
struct artifact_answer {
    std::string code = "done";
    std::string updated_at = "2026-03-17T14:05:35.633740Z";
    std::string created_at = "2026-03-17T14:00:04.743906Z";
    std::string id = recall_artifact;
    std::string recording = recall_recording;
    std::string links = "1";  ///< part of each link; empty: there are none

    std::string link(const std::string& file) const
    {
        return "https://files.recall.ai/" + file + "?token=" + links + "%3Ax";
    }
    std::string text() const
    {
        const auto quoted = [this](const std::string& file) {
            return links.empty() || code != "done" ? "null" : "\"" + link(file) + "\"";
        };
        return R"({"id":")" + id + R"(","recording":{"id":")" + recording +
               R"(","metadata":{}},"created_at":")" + created_at + R"(","status":{"code":")" +
               code + R"(","sub_code":null,"updated_at":")" + updated_at +
               R"("},"metadata":{},"data":{"participant_events_download_url":)" + quoted("events") +
               R"(,"speaker_timeline_download_url":)" + quoted("timeline") +
               R"(,"participants_download_url":)" + quoted("participants") + "}}";
    }
};

/// A recording's; `artifact` is its artifact's text, or `null`.
inline std::string recording_answer(
    const std::string& code,
    const std::string& artifact = "null",
    const std::string& id = recall_recording
)
{
    return R"({"id":")" + id +
           R"(","created_at":"2026-03-17T14:00:04.512906Z","started_at":"2026-03-17T14:00:04.512906Z",)"
           R"("completed_at":)" +
           (code == "done" ? R"("2026-03-17T14:05:09.518418Z")" : "null") +
           R"(,"status":{"code":")" + code +
           R"(","sub_code":null,"updated_at":"2026-03-17T14:05:36.521948Z"},)"
           R"("media_shortcuts":{"video_mixed":null,"participant_events":)" +
           artifact + R"(},"bot":{"id":")" + recall_bot +
           R"(","metadata":{"tenant":"acme-eu"}},"metadata":{"customer_id":"48213"}})";
}

/// A page of a list; `next` is a whole URL, or empty.
inline std::string list_answer(const std::string& rows, const std::string& next = {})
{
    return R"({"next":)" + (next.empty() ? "null" : "\"" + next + "\"") +
           R"(,"previous":null,"results":[)" + rows + "]}";
}

}  // namespace rollcall::test
