#pragma once

#include "settings/settings.hpp"

#include <iosfwd>
#include <string>

namespace rollcall {

struct hooks_options {
    std::string source;
    std::string create;  ///< the URL that the provider is to call; empty: only show
};

/// Shows what is registered at the provider for a source, and registers a URL where it is not yet.
/// Where the provider's API cannot, it says where that is done. Blocking; returns the exit code.
int run_hooks(const settings& with, const hooks_options& how, std::ostream& out, std::ostream& err);

}  // namespace rollcall
