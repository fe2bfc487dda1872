#pragma once

#include <optional>
#include <string_view>

namespace rollcall {

/// The source's name in `/hooks/{source}` or `/hooks/{source}/`, undecoded: names need no escapes.
/// Nothing for any other path. (There are senders that want a slash before the query.)
std::optional<std::string_view> hook_source(std::string_view path);

}  // namespace rollcall
