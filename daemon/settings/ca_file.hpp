#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace rollcall {

inline constexpr std::size_t max_ca_file_bytes =
    4 * 1024 * 1024;  // a system's whole bundle is 220 KiB

/// What is wrong with a file of certificate authorities, and what would be right; empty where
/// nothing is. Every certificate in it has to be whole, and there has to be one.
std::string ca_file_fault(const std::filesystem::path& path);

}  // namespace rollcall
