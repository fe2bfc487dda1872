#pragma once

#include "providers/json_array_splitter.hpp"
#include "providers/recall/mark.hpp"

namespace rollcall::recall {

/// What a source's settings say to its plans beyond `poll_pace`.
struct plan_options {
    array_limits downloads;         ///< of each downloaded file
    bool speaker_timeline = false;  ///< is downloaded too
    mark_templates marks;           ///< empty: nothing is written
};

}  // namespace rollcall::recall
