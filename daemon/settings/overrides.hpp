#pragma once

#include "settings/fault.hpp"
#include "settings/yaml_tree.hpp"

#include <map>
#include <string>
#include <vector>

namespace rollcall {

/// The process's environment, read once.
using environment = std::map<std::string, std::string>;

/// `--set path=value`.
struct setting_override {
    std::string path;
    std::string value;
};

/// Puts what the environment and the options say in the place of what the file says; options win.
///
/// - A variable is `ROLLCALL_` and the path in capitals, with `_` for what is no letter or digit:
///   `ROLLCALL_KAFKA_BOOTSTRAP_SERVERS`, `ROLLCALL_LISTEN_0_ADDRESS`,
///   `ROLLCALL_SOURCES_ATTENDEE_PROD_PROVIDER`. It can set any scalar the schema names, of sources
///   that the file (or nothing else) has, of list items that are there or come next; not the
///   librdkafka properties, whose names would be ambiguous.
/// - An option can set any scalar, also `kafka.properties.NAME` and what belongs to a source that
/// the file does not
///   have.
/// - Where the file gives a secret by `file` and an override by `env`, the override replaces the
/// other.
/// - A variable that names nothing is a fault, unless a secret of the file is read from it, or it
/// is one that
///   Kubernetes sets for a service of that name (`ROLLCALL_SERVICE_HOST`, `ROLLCALL_PORT_8080_TCP`,
///   ...).
void apply_overrides(
    yaml_node& root,
    const environment& variables,
    const std::vector<setting_override>& options,
    std::vector<settings_fault>& faults
);

}  // namespace rollcall
