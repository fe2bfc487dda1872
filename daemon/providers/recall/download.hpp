#pragma once

#include "providers/json_array_splitter.hpp"
#include "providers/polling.hpp"
#include "providers/recall/known_participants.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace rollcall::recall {

/// The files of an artifact, in the order in which they are read.
enum class artifact_file : std::uint8_t { events, participants, timeline };

/// `participant events`: for logs and dead letters, in place of the link.
std::string_view in_words(artifact_file which);

/// What one download is, and what is shared between those of an artifact.
struct download_of {
    artifact_file which = artifact_file::events;
    std::string recording;  ///< the rows' key
    std::string name;       ///< of the download
    array_limits allowed;
    /// Filled by that of the events, read by that of the participants.
    std::shared_ptr<known_participants> known;
};

/// How many different exact keys are remembered to number those that come again. Equal keys have
/// equal times, and files are in the order of time or nearly: entries with one key that stand
/// farther apart than that count as one.
inline constexpr std::size_t remembered_keys = 65'536;

/// Reads one file, an array: each element a row, byte for byte, numbered where its exact key has
/// come before. What cannot be read as an element's kind is a row all the same, for the dead
/// letters; of one that is too long or too deep a row says where it was. Of participants only
/// those are rows of whom something is told that their events have not.
std::unique_ptr<download_reader> make_reader(download_of what);

}  // namespace rollcall::recall
