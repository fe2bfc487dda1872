#pragma once

#include "simulator/api.hpp"
#include "simulator/paging.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::simulator {

/// The state of one of Recall.ai's objects, as its answers have it.
struct recall_status {
    std::string code = "processing";
    value sub_code;
    std::string updated_at;

    value json() const;
};

/// The files of a recording's participant events.
enum class recall_file : std::uint8_t { participant_events, participants, speaker_timeline };
inline constexpr recall_file recall_files[] = {
    recall_file::participant_events, recall_file::participants, recall_file::speaker_timeline};
std::string_view to_string(recall_file file);

/// A recording, its participant events and its endpoints. An artifact is one for each recording.
struct recall_recording {
    std::string id;
    value metadata;
    stamp created{};
    recall_status status;
    std::optional<std::string> completed_at;
    std::string bot_id;  ///< empty: none

    std::string artifact_id;
    stamp artifact_created{};
    recall_status artifact;
    value::object artifact_metadata;
    bool artifact_removed = false;

    struct endpoint {
        std::string id;
        recall_status status;
        stamp created{};
    };
    std::vector<endpoint> endpoints;

    /// A row of the first file, and where it stands in the others.
    struct entry {
        stamp at{};
        std::string id;
        std::string action;
        value participant;
        value data;
    };
    std::vector<entry> entries;
    stamp started{};
    std::string started_at;  ///< as the webhook has it; empty before that
};

struct recall_bot {
    std::string id;
    value metadata;
    stamp created{};
    value::array status_changes;
    std::vector<std::string> recordings;
};

/// What Recall.ai keeps, of the last hundred performances that were shown to it, at the present
/// moment. Pure.
class recall_archive {
public:
    void show(const performance& what, steady_time begin, bool at_once);
    /// Takes in what has got known by then.
    void catch_up(steady_time now);
    void give_up_endpoint(std::string_view id);

    recall_recording* recording(std::string_view id);
    recall_recording* artifact(std::string_view id);  ///< null also where it was removed
    const recall_bot* bot(std::string_view id) const;
    const std::map<std::string, recall_recording, std::less<>>& recordings() const
    {
        return recordings_;
    }
    std::string file(const recall_recording& of, recall_file which) const;

private:
    struct pending {
        stamp inserted{};
        std::optional<stamp> archived;
        value content;
        std::uint64_t number = 0;
    };
    void forget(const std::vector<std::string>& recordings);
    void apply(const pending& what);
    recall_recording& recording_of(const value& data, stamp inserted);
    void apply_bot(const value& data, const recall_status& now, stamp inserted);
    void add_entry(recall_recording& to, std::string_view action, const pending& what);

    std::multimap<steady_time, pending> pending_;
    std::map<std::string, recall_recording, std::less<>> recordings_;
    std::map<std::string, recall_bot, std::less<>> bots_;
    std::map<std::string, std::string, std::less<>> recording_of_artifact_;
    archive_faults how_;
    std::uint64_t told_ = 0;
    std::deque<std::vector<std::string>> shown_;  // the recordings of each performance
};

}  // namespace rollcall::simulator
