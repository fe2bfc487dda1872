#pragma once

#include "app/arguments.hpp"
#include "settings/load.hpp"

namespace rollcall {

/// The environment of this process.
environment process_environment();

/// The settings that the command line names, checked with what providers and librdkafka know.
loaded_settings load_configuration(const arguments& asked, const environment& variables);

}  // namespace rollcall
