#pragma once

#include "core/event.hpp"
#include "core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::recall {

/// When something happened, as far as Recall.ai says it.
struct moment {
    std::optional<timestamp> absolute;
    /// From the start of the recording, which can shift after a pause: used only where there is no
    /// absolute time.
    std::int64_t relative_ms = 0;
};

/// What a message said, and to whom.
struct chat_words {
    std::string_view text, to;
};

/// The identity of what a participant did, from the facts that webhooks and downloads share: no id
/// of a delivery, no name, nothing that may change. Without an absolute time it is weak: the
/// download's identity of the same event is another.
std::string action_identity(
    std::string_view region,
    std::string_view recording,
    std::string_view action,
    std::string_view participant,
    const moment& at,
    const std::optional<chat_words>& said
);

/// The same without the time: of events that only their time tells apart. Empty where there is no
/// absolute one.
std::string timeless_identity(
    std::string_view region,
    std::string_view recording,
    std::string_view action,
    std::string_view participant,
    const moment& at,
    const std::optional<chat_words>& said
);

/// Of what became known of a participant without being told when: by what it is.
std::string knowledge_identity(
    std::string_view region,
    std::string_view recording,
    std::string_view participant,
    std::string_view name,
    std::string_view email
);

/// Of a meeting's one start or one end.
std::string meeting_identity(std::string_view region, std::string_view recording, kind what);

}  // namespace rollcall::recall
