#pragma once

#include <string_view>

namespace rollcall::recall::item {

// `intake_record::item` of what is polled and downloaded. Of the objects of the API only those
// members are stored that are read, as they came: the others hold links that need no key.

/// A row of the list of artifacts: it tells whoever polls that its recording exists, or is over.
inline constexpr std::string_view artifact = "artifact";
/// A recording, asked for by its own plan: nobody needs to be told of it any more.
inline constexpr std::string_view recording = "recording";
/// A bot, with the one of its recordings that its states are about under `recording`.
inline constexpr std::string_view bot = "bot";

/// An element of the download of participant events.
inline constexpr std::string_view participant_event = "participant_event";
/// A participant of whom the download of participants knows more than that of their events, as an
/// `update` at the time of the last of these.
inline constexpr std::string_view participant = "participant";
/// An element of the speaker timeline.
inline constexpr std::string_view speech = "speech";

}  // namespace rollcall::recall::item
