#pragma once

#include "simulator/world.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::test {

// What no log may have in it. Every installation of this process registers its secrets, every world
// what its people are called and what they say; at its end each installation looks into its logs.

/// From now on no log may have it, as it stands or as JSON writes it. Shorter texts than four bytes
/// are left out: they stand in anything. Any thread.
void forbid_in_logs(std::string_view text);
/// Names, accounts and chats.
void forbid_in_logs(const simulator::world& people);

/// What stands in the log all the same.
std::vector<std::string> forbidden_in(const std::filesystem::path& log);

}  // namespace rollcall::test
