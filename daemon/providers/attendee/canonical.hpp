#pragma once

#include "providers/json_tree.hpp"

#include <string>
#include <string_view>

namespace rollcall::attendee {

/// Writes a value in the form that Attendee signs: no white space, keys sorted by code point at
/// every depth, only quote, backslash and control characters escaped, everything else as UTF-8,
/// numbers as the tokens they were. Appends to `out`.
void append_canonical(std::string& out, const json_tree& tree, const json_node& value);

/// The canonical form of a whole body, in place of what `out` held. `tree` is left with the body
/// parsed. Fails as `json_tree::parse` does.
result<void, fault> canonical_form(std::string_view body, json_tree& tree, std::string& out);

}  // namespace rollcall::attendee
