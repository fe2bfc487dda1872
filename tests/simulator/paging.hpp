#pragma once

#include "simulator/dialect.hpp"
#include "simulator/query.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::simulator {

// Pages by cursor, as Django REST framework's `CursorPagination` cuts them: ordered by insertion
// time alone. Where rows have equal ones their order is the database's whim, another one for each
// query; so a walk over a group of them that straddles an edge leaves rows out and returns others
// twice, and does so again when it is repeated.

/// A row as it can be read now.
struct row {
    std::string id;
    std::string text;  ///< the JSON object
};
/// By insertion time, which no row tells. Rows keep their addresses.
using table = std::multimap<stamp, row>;

inline constexpr std::size_t rows_a_page = 25;

struct cursor {
    std::uint64_t offset = 0;  ///< rows to leave out behind the position
    bool reverse = false;      ///< towards older rows
    std::optional<stamp> position;
    bool operator==(const cursor&) const = default;
};

/// Base64 of `o=`, `r=`, `p=`.
std::string to_text(const cursor& of);

/// What became of a cursor that a client sent.
struct read_cursor {
    enum class verdict {
        good,
        undecodable,  ///< the client's fault
        misplaced,    ///< decodes, but its position is not a time: the server falls over it
    } is = verdict::good;
    cursor found;
};
read_cursor parse_cursor(std::string_view text);

/// The rows that a request asks for.
struct selection {
    std::optional<stamp> after;              ///< exclusive
    std::optional<stamp> before;             ///< exclusive
    std::function<bool(const row&)> wanted;  ///< empty: all
};

struct page {
    std::vector<const row*> rows;
    std::optional<cursor> next;
    std::optional<cursor> previous;
};
/// `from`: what the request's cursor says; nothing: it has none.
page cut_page(const table& of, const selection& asked, const std::optional<cursor>& from);

/// A page as Django REST framework renders it: `next` and `previous` are links to `address`
/// (scheme, host and path) that keep the other parameters.
std::string render_page(const page& of, const std::string& address, const parameters& asked_with);

/// A second behind the cursor that was sent: there is always another one.
stamp endless_position(const parameters& with);

}  // namespace rollcall::simulator
