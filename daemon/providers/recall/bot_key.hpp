#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rollcall::recall {

// A bot's webhooks name no recording, and a recording's id and a bot's look alike. So a bot is
// followed, and has its place in the intake, under a key that no recording has.

inline constexpr std::string_view bot_key_prefix = "bot:";

inline std::string bot_key(std::string_view id)
{
    return std::string{bot_key_prefix}.append(id);
}

/// The bot's id; nothing for the key of a recording.
inline std::optional<std::string_view> bot_of(std::string_view key)
{
    if (!key.starts_with(bot_key_prefix))
        return std::nullopt;
    return key.substr(bot_key_prefix.size());
}

}  // namespace rollcall::recall
