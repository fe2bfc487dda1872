#pragma once

#include "app/published_index.hpp"
#include "core/errors.hpp"
#include "core/time.hpp"
#include "kafka/partition_reader.hpp"
#include "settings/settings.hpp"

#include <string>

namespace rollcall {

/// How far apart the ways of the sources that are matched may tell one event.
published_index::match_windows match_windows_of(const settings& with);

/// Everything that was published since then of that source, or of all (empty).
result<published_index> read_published(
    partition_reader& reader, const settings& with, timestamp since, const std::string& source
);

}  // namespace rollcall
