#pragma once

#include "settings/overrides.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace rollcall {

/// The settings in `file` with `variables` and `options` over them, before anything is made of
/// them. Nothing where the file cannot be read as YAML. What is wrong is added to `faults`.
std::optional<yaml_node> read_document(
    const std::filesystem::path& file,
    const environment& variables,
    const std::vector<setting_override>& options,
    std::vector<settings_fault>& faults
);

}  // namespace rollcall
