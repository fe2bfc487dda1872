#pragma once

#include "core/errors.hpp"
#include "core/time.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace rollcall::attendee {

// Rows, as whoever polls for them stores and remembers them.

/// An id that begins so is an app session's: a bot without an attendee of its own.
inline constexpr std::string_view app_session_prefix = "app_";

/// `intake_record::item` of what is polled.
namespace item {
inline constexpr std::string_view participant_event = "participant_event";
inline constexpr std::string_view chat_message = "chat_message";
/// A row of the list of bots: it tells whoever polls that the bot exists, or is over.
inline constexpr std::string_view bot = "bot";
/// The same object, asked for by the bot's own plan: nobody needs to be told of it any more. Were
/// it a sign too, a plan that is done would be woken by its own last rows.
inline constexpr std::string_view followed_bot = "followed_bot";
}  // namespace item

/// 128 bits of SHA-256: what is remembered of a row that has been stored.
using row_key = std::array<std::uint8_t, 16>;
row_key key_of(std::string_view text);

/// The keys are hashes already.
struct row_key_hash {
    std::size_t operator()(const row_key& key) const
    {
        std::size_t first = 0;
        std::memcpy(&first, key.data(), sizeof first);
        return first;
    }
};

/// What makes a row another one.
enum class row_identity : std::uint8_t {
    id,   ///< its `id`: other members may change and tell nothing new
    text  ///< every byte of it: an edit comes under the same id
};

struct row_facts {
    row_key key{};
    std::optional<timestamp> at;  ///< `timestamp_ms`, where it is a time of this century
};

/// A row without an id, or that could not be used in another way, is known by its bytes: it is
/// stored once and goes to the dead letters from there; so is one longer than a `json_tree`. Fails
/// with `errc::not_json` for what is no JSON.
result<row_facts, fault> read_row(std::string_view row, row_identity by);

}  // namespace rollcall::attendee
