#pragma once

#include "core/errors.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall {

/// One page of a list in the form of Django REST framework, `{"next":...,"results":[...]}`, as raw
/// rows: views into the body.
struct page {
    std::vector<std::string_view> rows;  ///< each an object, byte for byte
    std::optional<std::string> next;     ///< what a `next_reader` made of it; nothing at the end
};

/// What is asked for next, from the URL in `next`: a cursor, or a whole target. Nothing where the
/// URL is of no use.
using next_reader = std::function<std::optional<std::string>(std::string_view url)>;

/// Pages have 25 rows at Attendee. Far more than that is no page of a list but an attack on memory.
inline constexpr std::size_t most_rows = 1000;
/// Cursors have about 60 bytes, URLs with one some hundred, and they go into the next request.
inline constexpr std::size_t most_next_bytes = 2048;

/// Reads a page without building a tree of it, for it may be larger than the largest `json_tree`.
/// Whether a row is valid inside is for whoever reads the row. Fails as `json_scanner` does, and:
/// `errc::missing_field` without `next` and `results`, for half a page must not count as the last
/// one; `wrong_type`; `duplicate_key`; `unknown_value` for a `next` of no use or of no sensible
/// length, and for too many rows.
result<page, fault> read_page(std::string_view body, const next_reader& next);

}  // namespace rollcall
