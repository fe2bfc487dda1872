#pragma once

#include <string>

namespace rollcall {

/// One thing wrong with the settings. Never holds a secret, nor what might be one.
struct settings_fault {
    std::string where;  ///< the file, or the option or environment variable that brought the value
    int line = 0;       ///< from 1; 0 where there is no single line to point at
    std::string path;   ///< `kafka.topics.prefix`, `listen[0].address`; empty for the whole
    std::string what;   ///< what is wrong, and what would be right
};

/// `file:line: path: what`, without the parts that are not there; always one line.
std::string to_string(const settings_fault& fault);

}  // namespace rollcall
