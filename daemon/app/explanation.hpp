#pragma once

#include "app/dead_letter.hpp"
#include "app/intake_reading.hpp"
#include "app/published_index.hpp"
#include "app/source_providers.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

/// What somebody asks about.
class sought {
public:
    /// An id of any kind: of a message, of the provider for an event or a delivery, of a meeting.
    /// `source`: only of this one; empty: of any.
    explicit sought(std::string id, std::string source = {});

    /// The record may be about it: its key, its delivery, or its text has the id.
    bool may_mean(const stored_record& record) const;
    /// The whole of the record is meant: its meeting, its delivery, or, where nothing can be read
    /// of it, its text.
    bool means(const stored_record& record, bool unusable) const;
    bool means(const event& told) const;
    bool means(const published_message& message) const;
    /// The same by what an index does not keep of a message: its value.
    bool means(const published_message& message, std::string_view value) const;
    bool means(const dead_letter& letter) const;

    const std::string& id() const { return id_; }

private:
    bool is_of_source(std::string_view source) const;
    bool is_in(std::string_view text) const;

    std::string id_;
    std::string quoted_;  // as JSON has it
    std::optional<event_id> as_event_;
    std::string source_;
};

/// How far the relay is in a partition of the intake.
struct intake_standing {
    std::int64_t committed = 0;  ///< nothing before it is held or unread
    std::int64_t end = 0;
};

/// All that Kafka has of the meetings in question.
struct evidence {
    std::vector<stored_record> records;  ///< in the order of their places
    published_index published;
    std::set<const published_message*> meant = {};  ///< those of them that are asked about
    std::vector<dead_letter> letters = {};
    std::map<std::int32_t, intake_standing> standings = {};
};

/// What became of an event that a record tells.
struct explained_event {
    enum class fate : std::uint8_t {
        published,    ///< from this record
        told_again,   ///< published, or held, from an earlier one
        matched,      ///< published as another way had told it, with another time
        held,         ///< waits, or has not been read
        dead_letter,  ///< lies in the dead letters
        stood_in,     ///< others tell the same better
        passed_over,  ///< is behind the relay, and nothing of what was read says why
    };
    event what;
    fate became = fate::passed_over;
    std::optional<published_message> message = {};
    std::optional<intake_place> first = {};  ///< of `told_again` that is held: of the first copy
    std::optional<timestamp> until = {};     ///< of `held`: when its turn comes by `order.hold`
};

struct explained_record {
    stored_record record;  ///< without its body
    /// Why there are no events, where that is not an error: what was ignored, or waited for.
    std::string without = {};
    std::optional<dead_letter> letter = {};
    /// How far the relay is, where it has not passed the record.
    std::optional<intake_standing> unpassed = {};
    std::vector<explained_event> events = {};
};

struct explanation {
    std::vector<explained_record> records;
    std::vector<published_message> derived;  ///< messages that no record tells, of what was read
    std::vector<dead_letter> letters;        ///< whose records are not there any more
    bool is_known() const { return !records.empty() || !derived.empty() || !letters.empty(); }
};

/// How the settings in force read and order what comes.
struct explaining_rules {
    const source_providers& providers;
    milliseconds hold{};  ///< 0: nothing waits
};

explanation explain(const sought& what, const evidence& from, const explaining_rules& by);

}  // namespace rollcall
