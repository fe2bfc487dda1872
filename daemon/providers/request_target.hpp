#pragma once

#include <string>
#include <string_view>

namespace rollcall {

/// Appends `?name=value`, or `&name=value` where `target` has parameters already. The value is
/// percent-encoded: `+`, `/` and `=` occur in cursors, `+` and `:` in times.
void append_parameter(std::string& target, std::string_view name, std::string_view value);

/// Appends `/segment`, percent-encoded: an id of somebody else's stays one segment.
void append_segment(std::string& target, std::string_view segment);

}  // namespace rollcall
