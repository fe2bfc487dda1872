#pragma once

#include "settings/settings.hpp"

#include <string>
#include <vector>

namespace rollcall {

/// What came of an example body, tried as the daemon would take it.
struct tried_example {
    std::string file;
    /// For people, one each: the events it makes, or that it is ignored.
    std::vector<std::string> lines;
    std::string wrong;  ///< why it makes none, and where; empty where it is right
};

/// Tries the mapping of a source on the examples that its settings name. Reads those files; none
/// where the source has no mapping.
std::vector<tried_example> try_mapping(const source_settings& source);

}  // namespace rollcall
