#pragma once

#include "settings/overrides.hpp"
#include "settings/yaml_tree.hpp"

#include <boost/system/result.hpp>

#include <filesystem>
#include <string>

namespace rollcall {

inline constexpr std::size_t max_secret_bytes = 64 * 1024;

/// Why a secret could not be had; holds nothing of it, nor of where it was to come from.
struct secret_fault {
    std::string what;
};

/// Reads the secret that `{ file: }`, `{ env: }` or `{ credential: }` stands for; `where` is valid
/// by the schema. A file or credential loses one trailing newline; relative files start at
/// `directory`; credentials are in
/// `$CREDENTIALS_DIRECTORY`. What cannot be read, is empty or is larger than `max_secret_bytes` is
/// a fault.
boost::system::result<std::string, secret_fault> read_secret(
    const yaml_node& where, const environment& variables, const std::filesystem::path& directory
);

/// The file that `read_secret` reads; empty where it reads none.
std::filesystem::path secret_file(
    const yaml_node& where, const environment& variables, const std::filesystem::path& directory
);

}  // namespace rollcall
