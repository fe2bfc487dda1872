#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::attendee {

/// The `cursor` parameter of a `next` URL, decoded once; nothing where there is none. Nothing else
/// of such a URL is used: its scheme and host are the server's own view and may be internal names.
std::optional<std::string> cursor_parameter(std::string_view url);

/// Where the next page begins, as far as a cursor's content, which is meant to be opaque, tells.
struct page_edge {
    /// How many rows of the page behind have the insertion time of the row at its edge: not 0 where
    /// rows of equal insertion times may straddle the edge.
    std::uint64_t tied = 0;
    /// The insertion time that the next page begins after, as `after` takes it; empty where the
    /// cursor has none.
    std::string position;
    bool operator==(const page_edge&) const = default;
};

/// Nothing where the content is not what is known of it: base64 of `o=`, `r=`, `p=`.
std::optional<page_edge> read_edge(std::string_view cursor);

}  // namespace rollcall::attendee
