#pragma once

#include "core/time.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

/// What happened. The order of the enumerators is not the order of publishing; see `rank`.
enum class kind : std::uint8_t {
    participant_joined,
    participant_left,
    participant_updated,
    participant_speech_started,
    participant_speech_stopped,
    participant_webcam_on,
    participant_webcam_off,
    participant_screenshare_on,
    participant_screenshare_off,
    participant_chat,
    meeting_started,
    meeting_ended,
    meeting_settled,
};
inline constexpr std::size_t kinds = 13;

/// `participant.joined` and so on: the `kind` of a message's value; `ce_type` is `rollcall.` before
/// it.
std::string_view to_string(kind k);
std::optional<kind> parse_kind(std::string_view name);

/// The two topics events go to. The name of the topic is the prefix and `to_string`.
enum class channel : std::uint8_t { attendance, activity };
inline constexpr std::size_t channels = 2;
std::string_view to_string(channel c);
channel channel_of(kind k);
/// Somebody has begun to speak, or stopped.
bool is_speech(kind k);

/// Among events of equal time: started, joined, everything else, left, ended, settled (design
/// section 2).
int rank(kind k);

/// How an event reached us.
enum class way : std::uint8_t { webhook, poll, download, derived };
std::string_view to_string(way w);
std::optional<way> parse_way(std::string_view name);

/// The first 128 bits of SHA-256 over the source's name, a zero byte and the event's identity;
/// `ce_id` is its hex.
struct event_id {
    std::array<std::uint8_t, 16> bytes{};
    auto operator<=>(const event_id&) const = default;
};
event_id make_event_id(std::string_view source, std::string_view identity);
std::string to_hex(const event_id& id);
/// 32 lower-case hex digits, or nothing.
std::optional<event_id> parse_event_id(std::string_view hex);

struct meeting_facts {
    std::string id;  ///< what both channels of a provider know; the Kafka key
    std::optional<std::string> bot_id;
    std::optional<std::string> recording_id;
    std::optional<std::string> session_id;
    std::optional<std::string> title;
    std::string metadata = "{}";  ///< a JSON object, as text
};

struct participant_facts {
    std::string id;  ///< unique inside its meeting
    std::optional<std::string> user_id;
    std::optional<std::string> name;  ///< never empty
    std::optional<std::string> email;
    std::optional<bool> is_host;
    std::optional<std::string> platform;
};

/// One fact about one meeting, whichever way and from whichever provider it came.
struct event {
    std::string source;
    std::string provider;
    rollcall::kind kind{};
    meeting_facts meeting;
    std::optional<participant_facts> participant;  ///< absent on `meeting.*`
    timestamp occurred_at{};
    timestamp received_at{};
    way via = way::webhook;
    std::optional<std::string> provider_event_id;
    std::string provider_event_type;  ///< the webhook's name for it, whichever way it came
    std::string data = "{}";          ///< a JSON object, as text
    std::string identity;  ///< from the provider's own facts; the same whichever way the event came
    std::string traceparent;
    /// The provider tells a participant's joins apart by nothing that could stand in an identity,
    /// nor their leaves: `identity` is that of all of them, and the number is added when the
    /// event's turn comes (relay/occurrence.hpp).
    bool counts_occurrences = false;
    /// Of such an event: the provider's own list has no other join, or leave, of the participant.
    bool only_one = false;
    /// Another id of the participant's; empty: none. Which of the two the provider's other way uses
    /// is not known before both have told something, so the one that is known already counts, and
    /// both are published. `identity` has `participant->id` in it, last, and is the same under the
    /// other id with that in its place.
    std::string alias{};

    // Of providers whose downloads tell again what webhooks have told.

    /// Of a download's row: `intake_record::number`; part of the identity unless it is 0.
    std::uint32_t number = 0;
    /// A digest of what a webhook says, without what a second delivery changes. Two webhooks of one
    /// identity that differ in it are two events. 0: nothing is known.
    std::uint32_t content = 0;
    /// `identity` without its time: what the match window may take for the same event told with
    /// another time. Empty: never.
    std::string alike;
    /// Tells in its own way what other events of the participant tell better: published only where
    /// there is none of those. (Recall.ai's speaker timeline.)
    bool stands_in = false;
};

}  // namespace rollcall
