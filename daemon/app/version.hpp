#pragma once

#include <string>

namespace rollcall {

/// What `--version` prints: Rollcall's version, and one line for each library in use. Of those that
/// are loaded at run time and tell (librdkafka, OpenSSL), the version that is running.
std::string version_text();

}  // namespace rollcall
