#pragma once

#include <string>
#include <utility>
#include <vector>

namespace rollcall {

/// What `--version` prints: Rollcall's version, and one line for each library in use. Of those that
/// are loaded at run time and tell (librdkafka, OpenSSL), the version that is running.
std::string version_text();

/// Rollcall's version and those of the libraries that do most of its work, by name.
std::vector<std::pair<std::string, std::string>> versions();

}  // namespace rollcall
