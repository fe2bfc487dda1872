#pragma once

#include "core/errors.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace rollcall::realtimekit {

/// An answer of 200, without its envelope: raw objects, views into the body.
struct answer {
    std::vector<std::string_view> rows;  ///< of a list, or the one object
    std::optional<std::uint64_t> total;  ///< `paging.total_count`: of the whole list
};

/// More rows than that are no page but an attack on memory: 200 are asked for.
inline constexpr std::size_t most_rows = 1000;

/// Reads the list `name` of an answer: `data.<name>`, with `paging` beside it or at the top. The
/// envelope of the platform, `result` for `data`, is read as well. No tree is made of it, for a
/// page may be larger than the largest `json_tree`; whether a row is valid inside is for whoever
/// reads the row. Fails as `json_scanner` does, and: `errc::missing_field` without the list, for
/// half a page must not count as the last one; `wrong_type`; `duplicate_key`; `unknown_value` at
/// `success` for an answer that says itself that it is a failure, and for too many rows.
result<answer, fault> read_list(std::string_view body, std::string_view name);

/// Reads the one object of an answer: `data.<name>`, or `data` itself where `name` is empty. As
/// `read_list`; there is exactly one row.
result<answer, fault> read_one(std::string_view body, std::string_view name);

}  // namespace rollcall::realtimekit
