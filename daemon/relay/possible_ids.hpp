#pragma once

#include "core/event.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rollcall {

/// So many numbers are tried where only one that has been given tells an identity: joins of one
/// participant, webhooks of one key.
inline constexpr std::uint16_t most_numbers = 64;

/// The identity of the one with that number among a participant's joins, or leaves, where they are
/// counted (`event::counts_occurrences`).
std::string with_occurrence(const std::string& identity, std::uint16_t number);
/// The identity of the one with that number among those of equal keys (`event::number`).
std::string with_number(const std::string& identity, std::uint32_t number);

/// The ids under which an event may have been published, without knowing what was published before
/// it: one, unless its identity is completed when its turn comes. `known_as` are other ids of its
/// participant. The likeliest is first.
std::vector<event_id> possible_ids(const event& e, std::span<const std::string> known_as = {});

}  // namespace rollcall
