#pragma once

#include "providers/json_tree.hpp"

#include <string>

namespace rollcall {

/// Appends a value to `out`: no white space, keys sorted by code point at every depth, only quote,
/// backslash and control characters escaped, everything else as UTF-8, numbers as the tokens they
/// were.
void append_canonical(std::string& out, const json_tree& tree, const json_node& value);

/// Appends a member of an object in that form: its key, a colon, its value.
void append_canonical_member(std::string& out, const json_tree& tree, const json_node& member);

}  // namespace rollcall
