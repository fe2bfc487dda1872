#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace rollcall {

/// How many letters have to be added, dropped, replaced or swapped with their neighbour to make one
/// word the other.
std::size_t edit_distance(std::string_view one, std::string_view other);

/// The word of `known` that was most likely meant, or an empty view where none is near: at most a
/// third of the letters differ, or two. The view is into `known`.
std::string_view nearest(std::string_view word, std::span<const std::string> known);

}  // namespace rollcall
