#pragma once

#include "providers/json_tree.hpp"

#include <string>
#include <string_view>

namespace rollcall::attendee {

/// The form of a whole body that Attendee signs, as `append_canonical` writes it, in place of what
/// `out` held. `tree` is left with the body parsed. Fails as `json_tree::parse` does.
result<void, fault> canonical_form(std::string_view body, json_tree& tree, std::string& out);

}  // namespace rollcall::attendee
