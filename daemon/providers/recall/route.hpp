#pragma once

#include "core/errors.hpp"

#include <string>
#include <string_view>

namespace rollcall::recall {

/// The meeting a webhook is about: the recording (`data.recording.id`), or else the bot
/// (`bot_key` of `data.bot.id`), or else nothing. Meant for bodies that have been verified: it
/// reads up to the recording, or to the end of `data`. `errc::not_json` for what is not an object,
/// and otherwise for what `json_scanner` refuses on the way.
result<std::string, fault> route(std::string_view body);

}  // namespace rollcall::recall
