#pragma once

#include <string>
#include <string_view>

namespace rollcall {

/// `application/json` of `Application/JSON; charset=utf-8`: the type in lower case, without its
/// parameters.
std::string media_type(std::string_view content_type);

/// Whether a media type (as `media_type` gives it) is JSON: `application/json`, `text/json`, or
/// anything with `+json`.
bool is_json_type(std::string_view type);

}  // namespace rollcall
