#pragma once

#include <optional>
#include <string_view>

namespace rollcall {

/// The source's name in `/hooks/{source}`, undecoded: names need no escapes. Nothing for any other
/// path.
std::optional<std::string_view> hook_source(std::string_view path);

/// Whether a Content-Type is `application/json`, in any case and with any parameters.
bool is_json(std::string_view content_type);

}  // namespace rollcall
