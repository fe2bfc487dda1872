#pragma once

#include "core/errors.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::attendee {

/// One page of any list, as raw rows: views into the body.
struct page {
    std::vector<std::string_view> rows;  ///< each an object, byte for byte
    std::optional<std::string> next;     ///< the cursor of the next page; nothing at the end
};

/// Attendee gives 25 rows a page. Far more than that is no page of a list but an attack on memory.
inline constexpr std::size_t most_rows = 1000;
/// A cursor has about 60 bytes, and goes into the next request.
inline constexpr std::size_t most_cursor_bytes = 1024;

/// Reads a page without building a tree of it, for it may be larger than the largest `json_tree`.
/// Whether a row is valid inside is for whoever reads the row. Fails as `json_scanner` does, and:
/// `errc::missing_field` without `next` and `results`, for half a page must not count as the last
/// one; `wrong_type`; `duplicate_key`; `unknown_value` for a `next` without a cursor of
/// sensible length and for too many rows.
result<page, fault> read_page(std::string_view body);

}  // namespace rollcall::attendee
