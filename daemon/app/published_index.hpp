#pragma once

#include "app/intake_reading.hpp"
#include "core/event.hpp"
#include "core/time.hpp"
#include "kafka/record.hpp"
#include "relay/ledger.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace rollcall {

/// A message of `attendance` or `activity`, without its value.
struct published_message {
    topic_partition at;
    timestamp published_at{};
    event_id id;
    std::string source;
    std::string meeting;
    rollcall::kind kind{};
    std::string participant;
    timestamp occurred_at{};
    way via = way::webhook;
    std::uint64_t sequence = 0;
    bool late = false;
    std::optional<intake_place> intake;  ///< absent: derived
    std::uint32_t content = 0;
    std::uint64_t alike = 0;
    std::string alias;
};

/// Nothing where it is no message of ours.
std::optional<published_message> read_published(const consumed_record& record);

/// Where an event is that one record tells.
struct sighting {
    enum class as : std::uint8_t {
        nowhere,
        itself,      ///< published from this very record
        told_again,  ///< published from another one
        matched,     ///< the same, told another way with another time
        /// Something of its identity is published, and only what else was known then tells whether
        /// it is this one.
        perhaps,
    };
    as what = as::nowhere;
    const published_message* message = nullptr;  ///< null: nowhere. Lives as long as the index
};

/// What is published, found again by what an intake record tells. Identities are formed as the
/// relay forms them; what only the roll knows of the moment is made up for by what messages carry.
class published_index {
public:
    /// How far apart a source's two ways may tell one event; sources without one are not there.
    using match_windows = std::map<std::string, milliseconds, std::less<>>;

    explicit published_index(match_windows windows = {}) : windows_{std::move(windows)} {}

    void add(published_message message);
    /// `from`: the record that tells it.
    sighting find(const event& told, const intake_place& from) const;
    /// The ids it may have, as far as other ids of its participant are known here.
    std::vector<event_id> ids_of(const event& told) const;
    const published_message* find(const event_id& id) const;

    const std::deque<published_message>& all() const { return all_; }

private:
    struct hash {
        std::size_t operator()(const event_id& id) const noexcept;
    };
    std::vector<const published_message*> candidates(const event& told) const;
    const published_message* match(const event& told) const;

    match_windows windows_;
    std::deque<published_message> all_;
    std::unordered_map<event_id, const published_message*, hash> by_id_;
    std::multimap<std::uint64_t, const published_message*> by_alike_;
    // The ids a participant of a meeting is published under, by the alias.
    std::map<std::array<std::string, 3>, std::set<std::string>> known_as_;
};

}  // namespace rollcall
