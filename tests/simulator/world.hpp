#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::simulator {

using std::chrono::milliseconds;

/// The platform people meet on; it decides what their ids look like and whether they outlive a
/// connection.
enum class platform : std::uint8_t {
    teams,  ///< the id belongs to the account: the same after a rejoin, and in two meetings at once
    zoom,   ///< a new id for each connection; the account's id stays. One speaker at a time
    meet,   ///< a new id for each connection, and nothing that ties them together
};

/// What happens in the world, whatever a provider makes of it.
enum class happening : std::uint8_t {
    bot_requested,
    bot_in_lobby,
    bot_admitted,
    recording_started,
    bot_leaving,
    meeting_over,
    bot_removed,  ///< somebody removed the bot: the end for the provider
    bot_crashed,
    bot_refused,  ///< never let in
    processed,    ///< the provider has finished with the recording
    joined,
    left,
    renamed,
    speech_started,
    speech_stopped,
    chat_sent,
    chat_edited,
};

inline constexpr std::size_t nobody = static_cast<std::size_t>(-1);

/// One thing that happened. Times count from the beginning of the world.
struct fact {
    std::size_t meeting = 0;
    happening what{};
    milliseconds at{};       ///< when it happened
    milliseconds noticed{};  ///< when a provider can tell of it at the earliest; never before `at`
    std::size_t participant = nobody;  ///< index into the meeting's participants
    std::string text;                  ///< of a chat message; the new name
    std::size_t message = 0;           ///< the number of the chat message in its meeting
};

/// Somebody as one meeting's platform tells them apart. One person may be several of them.
struct participant {
    std::string id;
    std::optional<std::string> account_id;  ///< where the platform tells it
    std::optional<std::string> name;        ///< at first sight; may be empty
    bool host = false;
    std::size_t person = 0;  ///< index into the world's people, to see who sits in two meetings
};

struct meeting {
    platform where{};
    bool botless =
        false;  ///< recorded through the platform itself: no virtual attendee, no speech events
    std::optional<std::vector<std::pair<std::string, std::string>>> metadata;
    std::vector<participant> participants;
};

struct world_options {
    std::uint64_t seed = 1;
    std::size_t meetings = 20;
    std::size_t people = 60;
    std::size_t events =
        2000;  ///< what people do, all meetings together; the bots' states come on top
    milliseconds length{60'000};
};

/// A world is a value: the same options give the same one, on every machine.
struct world {
    world_options options;
    std::vector<meeting> meetings;
    std::vector<fact> facts;  ///< by `noticed`
};

/// Meetings overlap, people sit in several of them, and not everyone leaves before the end. Each
/// meeting is at least a millisecond an event long, so a world asked to be shorter than that is
/// longer than asked.
world make_world(const world_options& options);

/// Who is in at the end, by the facts: those whose latest coming or going is a coming. Indices of
/// participants.
std::vector<std::size_t> present_at_end(const world& of, std::size_t meeting);

}  // namespace rollcall::simulator
