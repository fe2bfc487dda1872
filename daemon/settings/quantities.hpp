#pragma once

#include "core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall {

/// Reads `500ms`, `2s`, `1m30s`, `80h`, `5d`: whole numbers with their units, the greater unit
/// first, each at most once. Nothing for anything else, and for what does not fit.
std::optional<milliseconds> parse_duration(std::string_view text);

/// Reads `512B`, `16KiB`, `1MiB`, `2GiB` (powers of 1024) and `16kB`, `1MB`, `2GB` (of 1000), as
/// bytes. Nothing for anything else, and for what does not fit.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// The shortest text that `parse_duration` reads as the same; `0s` for none. `length` is not
/// negative.
std::string duration_text(milliseconds length);

/// The size in the greatest power of 1024 that leaves it whole: `1MiB`, `1536KiB`, `1000B`.
std::string size_text(std::uint64_t bytes);

}  // namespace rollcall
