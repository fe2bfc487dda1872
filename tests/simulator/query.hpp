#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::simulator {

/// A query string's parameters, decoded, in their order; names may repeat.
using parameters = std::vector<std::pair<std::string, std::string>>;

/// As Python's `parse_qsl` with blank values kept: `+` is a space, a broken escape stays as it is.
parameters parse_query(std::string_view query);
/// As Python's `urlencode`.
std::string to_query(const parameters& of);
/// Decodes percent escapes only, as in a path.
std::string decode_path(std::string_view text);

/// The last value under that name.
std::optional<std::string> last(const parameters& of, std::string_view name);
/// The query with one parameter replaced, its names sorted, as Django REST framework makes links.
std::string with_parameter(parameters of, std::string_view name, const std::string& content);

}  // namespace rollcall::simulator
