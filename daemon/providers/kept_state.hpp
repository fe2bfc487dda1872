#pragma once

#include "core/time.hpp"
#include "providers/json_tree.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

// Members of `poll_plan::state()`. What cannot be read counts as missing.

/// Milliseconds since 1970; nothing is written where there is none.
void append_time(std::string& json, std::string_view key, std::optional<timestamp> at);
std::optional<timestamp> kept_time(const json_tree& tree, std::string_view key);

/// `poll_pace::account`; nothing is written where it is empty.
void append_account(std::string& json, std::string_view account);
std::optional<std::string> kept_account(const json_tree& tree);

}  // namespace rollcall
