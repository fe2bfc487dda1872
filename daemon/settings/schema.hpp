#pragma once

#include "settings/fault.hpp"
#include "settings/yaml_tree.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

/// `config/rollcall.schema.json`, as it was when the program was built.
std::string_view settings_schema_text();

/// The same as a tree: JSON is YAML. Any thread.
const yaml_node& settings_schema();

/// The schema of the value one step below what `schema` describes, or null where it allows none.
const yaml_node* schema_below(const yaml_node& schema, const path_step& step);

/// Whether a value of `schema` may be of the JSON type `name`.
bool allows_type(const yaml_node& schema, std::string_view name);

/// The keys that `schema` names.
std::vector<std::string> known_keys(const yaml_node& schema);

/// What a value of `schema` should be: `should be a duration from 0s to 5m, such as 2s or 500ms`.
std::string expectation(const yaml_node& schema);

/// The same of the value at `path`, which the schema has.
std::string expectation_at(const yaml_path& path);

/// Where a value came from: the file and a line, or an option or a variable. The rest of the fault
/// is empty.
settings_fault fault_at(const yaml_node& node, const std::string& file);

/// Everything in `document` that the schema does not allow, ranges of durations and sizes
/// (`x-minimum`, `x-maximum`) included. Below what the schema marks `writeOnly`, no fault holds
/// anything of the document.
std::vector<settings_fault> faults_against_schema(
    const yaml_node& document, const std::string& file
);

}  // namespace rollcall
