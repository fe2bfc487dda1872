#pragma once

#include "simulator/performance.hpp"
#include "simulator/player.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::simulator {

/// Writes what is true and what was sent, one JSON object a line, each with one `write`: a
/// simulator that is killed leaves a file that can be read. `line` says what a line is:
///
/// - `run`, before anything: seed, provider, size
/// - `meeting`, before anything: its id and other names, metadata, and the end to expect: who is
/// in, how many there
///   were
/// - `event`, before it is told: the message to expect (`kind` null: none), whether its webhooks
///   are lost, whether the API goes on telling it (`lasting`), its hidden insertion time there, and
///   its time in the file of the meeting (`archived`, null: it is in none)
/// - `delivery`, when it is over: its attempts with times and answers, whether it was acknowledged,
///   and whether the provider gave its endpoint up with it
/// - `over`, when everything is: the counts; missing after a crash
///
/// Events are numbered through, over all performances of a run.
class truth_log {
public:
    /// Begins a new file. Throws `std::system_error` where it cannot be written.
    explicit truth_log(const std::filesystem::path& file);
    ~truth_log();
    truth_log(const truth_log&) = delete;
    truth_log& operator=(const truth_log&) = delete;

    void begin(const performance& what, const dialect& by);
    /// Of the performance begun last.
    void record(const performance& what, const outcome& how);
    void over(const report& total);

private:
    void write(const value& line);

    int file_ = -1;
    std::size_t first_event_ = 0;  ///< the number of the present performance's first one
    std::size_t next_event_ = 0;
};

/// A truth file, read back.
struct truth {
    struct person {
        std::string id;
        std::optional<std::string> user_id;
        std::optional<std::string> name;
        std::optional<bool> host;
    };
    struct sent {
        std::string key;  ///< the provider's id of the delivery
        unsigned attempts = 0;
        bool acknowledged = false;
        std::string over;  ///< RFC 3339: when it was
    };
    struct event {
        std::string meeting;
        std::string kind;  ///< empty: no message is to come of it
        bool one_of_several = false;
        bool needs_api = false;  ///< only the API tells which meeting it is of
        std::optional<person> who;
        std::string occurred_at;  ///< RFC 3339, milliseconds
        std::optional<std::string> provider_id;
        std::string provider_type;
        std::string text;
        bool lost = false;    ///< no webhook is sent
        bool lasting = true;  ///< the API goes on telling it; false: until it is edited, or never
        /// When it happened, as the provider's file of the meeting says: RFC 3339, milliseconds.
        std::optional<std::string> archived;
        std::vector<sent> deliveries;

        bool acknowledged() const;
    };
    struct meeting {
        std::string metadata;  ///< a JSON object, compact, keys sorted
        meeting_names names;
        std::vector<std::string> present_at_end;  ///< participants' ids
        std::size_t participants = 0;
    };

    std::map<std::string, meeting> meetings;
    std::vector<event> events;
    bool complete = false;  ///< the run came to its end
};

/// Throws `std::runtime_error` with the line's number where the file is not one that `truth_log`
/// wrote. A last line that was cut off is left out.
truth read_truth(const std::filesystem::path& file);

/// `2026-08-14T09:00:03.771Z`.
std::string to_text(instant at);

}  // namespace rollcall::simulator
