#pragma once

#include "core/time.hpp"
#include "providers/json_tree.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

// Members of what providers send, read leniently where nothing hangs on them.

/// A member that may be missing, null, empty or, for all we care, of another type.
std::optional<std::string> optional_text(
    const json_tree& tree, const json_node& object, std::string_view key
);
std::optional<bool> optional_flag(
    const json_tree& tree, const json_node& object, std::string_view key
);

/// A member that must be there, not null and not an empty string: `errc::missing_field` or
/// `wrong_type`, with `path` (the way to the object, with the dot) and the key.
result<const json_node*, fault> required(
    const json_tree& tree,
    const json_node& object,
    std::string_view path,
    std::string_view key,
    json_type type
);

/// Milliseconds since 1970, as an integer. A time outside of this century is `errc::bad_time`: a
/// mistake that would upset order and window.
result<timestamp, fault> epoch_ms(
    const json_tree& tree, const json_node& object, std::string_view path, std::string_view key
);
/// RFC 3339, likewise.
result<timestamp, fault> instant(
    const json_tree& tree, const json_node& object, std::string_view path, std::string_view key
);

/// The same of a text that was read already.
result<timestamp, fault> plausible_instant(
    std::string_view written, std::string_view path, std::string_view key
);

/// The text of an object: as it was, but compact. "{}" for whatever is not an object.
std::string object_text(const json_tree& tree, const json_node* value);

/// A member as it was, but compact; null where there is none.
void append_member(
    std::string& out, const json_tree& tree, const json_node& object, std::string_view key
);

/// Some members of an object as an object of their own; null for what is not there.
std::string chosen_members(
    const json_tree& tree, const json_node& object, std::initializer_list<std::string_view> keys
);

}  // namespace rollcall
