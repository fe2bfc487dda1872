#pragma once

#include "settings/overrides.hpp"

#include <filesystem>
#include <vector>

namespace rollcall {

/// The files that the settings in `file` name for secrets, by `{ file: }` and `{ credential: }`,
/// whether they are there or not, each once. None where the settings cannot be read.
std::vector<std::filesystem::path> secret_files(
    const std::filesystem::path& file,
    const environment& variables,
    const std::vector<setting_override>& options
);

}  // namespace rollcall
